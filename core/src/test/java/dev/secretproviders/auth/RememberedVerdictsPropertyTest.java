package dev.secretproviders.auth;

import static dev.secretproviders.resolve.ResolverFixture.OVERLAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.validity.Validity;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * A follower that keeps and drops verdicts by the protocol always holds the verdict that a new question would give.
 * Whatever happens to consumers, secrets and time, each change names every credential that it affects.
 */
class RememberedVerdictsPropertyTest {
    private static final List<String> CONSUMERS = List.of("anna", "ben", "carl", "dora");
    private static final List<String> KEYS = List.of("one", "two", "three", "four", "five");

    /** A follower that remembers verdicts. */
    private static final class Companion {
        private final DirectoryFixture it;
        private final KeyVerdicts verdicts;
        private final Map<String, CredentialName> good = new HashMap<>();
        private final Map<String, Long> until = new HashMap<>();
        private final Map<String, Verdict.Reason> bad = new HashMap<>();

        Companion(DirectoryFixture it) {
            this.it = it;
            this.verdicts = it.verdicts(UnresolvedAnswer.UNAVAILABLE);
            it.directory.addListener(this::forget);
        }

        private void forget(IndexChange change) {
            bad.clear();
            if (change.all()) {
                good.clear();
            } else {
                good.values().removeIf(change.credentials()::contains);
            }
        }

        void checkAndRemember(List<String> story) {
            long now = it.secrets.now();
            good.keySet().removeIf(key -> until.getOrDefault(key, Long.MAX_VALUE) - now <= 0);
            for (String key : KEYS) {
                byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
                Verdict fresh = verdicts.of(bytes, bytes.length);
                CredentialName remembered = good.get(key);
                if (remembered != null) {
                    assertThat(fresh)
                            .as("%s after %s", key, story)
                            .isInstanceOfSatisfying(
                                    Verdict.Accepted.class,
                                    accepted ->
                                            assertThat(accepted.credential()).isEqualTo(remembered));
                }
                Verdict.Reason refusal = bad.get(key);
                if (refusal == Verdict.Reason.EXPIRED || refusal == Verdict.Reason.DISABLED) {
                    // Its version may have ended meanwhile, which is another reason to refuse it.
                    assertThat(fresh).as("%s after %s", key, story).isNotInstanceOf(Verdict.Accepted.class);
                } else if (refusal != null) {
                    assertThat(fresh)
                            .as("%s after %s", key, story)
                            .isInstanceOfSatisfying(
                                    Verdict.Refused.class,
                                    refused -> assertThat(refused.reason()).isEqualTo(refusal));
                }
                remember(key, fresh, now);
            }
        }

        private void remember(String key, Verdict fresh, long now) {
            until.remove(key);
            if (fresh instanceof Verdict.Accepted accepted) {
                good.put(key, accepted.credential());
                accepted.ttlMillis()
                        .ifPresent(ttl ->
                                until.put(key, now + Duration.ofMillis(ttl).toNanos()));
            } else if (fresh instanceof Verdict.Refused refused) {
                bad.put(key, refused.reason());
                refused.ttlMillis().ifPresent(_ -> bad.remove(key));
            }
        }
    }

    @Property(tries = 200)
    void whatIsRememberedIsWhatAskingWouldTell(@ForAll Random random) {
        try (DirectoryFixture it = new DirectoryFixture()) {
            Companion companion = new Companion(it);
            List<String> story = new ArrayList<>();
            it.publish();
            for (int step = 0; step < 40; step++) {
                story.add(change(it, random, step));
                it.settle();
                companion.checkAndRemember(story);
            }
        }
    }

    /** Makes a random change, and returns its description. */
    private static String change(DirectoryFixture it, Random random, int step) {
        String name = CONSUMERS.get(random.nextInt(CONSUMERS.size()));
        String key = KEYS.get(random.nextInt(KEYS.size()));
        String other = KEYS.get(random.nextInt(KEYS.size()));
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> {
                List<String> fields = new ArrayList<>(List.of("key", key, "other", other));
                Map<String, String> limits = limits(it, random);
                limits.forEach((field, value) -> fields.addAll(List.of(field, value)));
                it.secrets.provider.put(name, "v" + step, fields.toArray(String[]::new));
                it.secrets.provider.announceChange();
                it.secrets.drain();
                yield name + " rotates to " + key + ", " + other + " " + limits;
            }
            case 3 -> {
                it.secrets.provider.missing(name);
                it.secrets.provider.announceChange();
                it.secrets.drain();
                yield "the secret of " + name + " is gone";
            }
            case 4 -> {
                it.without(name).tell();
                yield name + " is removed";
            }
            case 5 -> {
                Map<String, String> limits = limits(it, random);
                it.consumerWithLabels(
                                name,
                                random.nextBoolean() ? Map.of("a", "b") : Map.of(),
                                it.literal(null, key).with(Validity.ofLabels("consumer", limits::get)),
                                it.referenced("r", name + "/other"))
                        .tell();
                yield name + " has " + key + " " + limits + " and a reference";
            }
            case 6 -> {
                Duration time = random.nextBoolean() ? OVERLAP : Duration.ofSeconds(random.nextInt(1, 90));
                it.secrets.skip(time);
                yield time + " pass unnoticed";
            }
            case 7 -> {
                Duration time = OVERLAP.plusSeconds(3);
                it.secrets.pass(time);
                yield time + " pass";
            }
            case 8 -> {
                Duration time = Duration.ofSeconds(random.nextInt(-60, 60));
                // It has looked since the last limit, as it does in time.
                it.look();
                it.secrets.set(it.secrets.clock().plus(time));
                it.look();
                yield "the clock is set by " + time;
            }
            default -> {
                List<Credential> credentials = List.of(it.referenced("r", name + "/key"), it.literal("l", other));
                it.consumer(name, credentials.toArray(Credential[]::new)).tell();
                yield name + " has a reference and " + other;
            }
        };
    }

    /** Returns no limits in half of the cases, and else one or two that are close. */
    private static Map<String, String> limits(DirectoryFixture it, Random random) {
        Map<String, String> limits = new HashMap<>();
        switch (random.nextInt(8)) {
            case 0 -> limits.put("disabled", random.nextBoolean() ? "true" : "maybe");
            case 1, 2 -> limits.put("expires_at", near(it, random));
            case 3 -> {
                limits.put("not_before", near(it, random));
                limits.put("expires_at", near(it, random));
            }
            default -> {}
        }
        return limits;
    }

    private static String near(DirectoryFixture it, Random random) {
        return it.secrets.clock().plusSeconds(random.nextInt(-30, 120)).toString();
    }
}
