package dev.secretproviders.auth;

import static dev.secretproviders.resolve.ResolverFixture.OVERLAP;
import static dev.secretproviders.resolve.ResolverFixture.STALE_TTL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Verdict.Reason;
import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.CredentialKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Verdicts on keys, for callers that remember them. */
class KeyVerdictsTest {
    private static final OptionalLong NO_LIMIT = OptionalLong.empty();

    private final DirectoryFixture it = new DirectoryFixture();
    private final KeyVerdicts verdicts = it.verdicts(UnresolvedAnswer.UNAVAILABLE);

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private Verdict verdict(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return verdicts.of(bytes, bytes.length);
    }

    private Verdict accepted(String consumer, @Nullable String credential, OptionalLong ttl) {
        return new Verdict.Accepted(
                it.directory.sequence(), new CredentialName(consumer, credential, CredentialKind.KEY_AUTH), ttl, false);
    }

    private Verdict refused(Reason reason) {
        return new Verdict.Refused(it.directory.sequence(), reason, NO_LIMIT);
    }

    @Test
    void keyInTheGatewaysConfigurationHasNoEndByItself() {
        it.consumer("jack", it.literal(null, "jack-key"), it.literal("k1", "another"))
                .publish();
        assertThat(verdict("jack-key")).isEqualTo(accepted("jack", null, NO_LIMIT));
        assertThat(verdict("another")).isEqualTo(accepted("jack", "k1", NO_LIMIT));
    }

    @Test
    void keyThatWasResolvedIsGoodAsLongAsItsValueIs() {
        it.secrets.provider.put("jack", "1", "key", "jack-key");
        it.consumer("jack", it.referenced("k1", "jack/key")).publish();
        it.secrets.skip(Duration.ofSeconds(1));
        assertThat(verdict("jack-key"))
                .isEqualTo(accepted(
                        "jack", "k1", OptionalLong.of(STALE_TTL.minusSeconds(1).toMillis())));
        it.secrets.skip(STALE_TTL.minusSeconds(1).minusNanos(1));
        assertThat(verdict("jack-key"))
                .as("less than a millisecond")
                .isEqualTo(accepted("jack", "k1", OptionalLong.of(0)));
        it.secrets.skip(Duration.ofNanos(1));
        assertThat(verdict("jack-key")).isEqualTo(new Verdict.Unavailable(it.directory.sequence()));
    }

    @Test
    void keyFromBeforeARotationIsGoodForTheRestOfTheOverlap() {
        it.secrets.provider.put("jack", "1", "key", "old");
        it.consumer("jack", it.referenced(null, "jack/key")).publish();
        it.rotate("jack", "2", "new");
        it.settle();
        it.secrets.skip(Duration.ofSeconds(30));
        assertThat(verdict("old"))
                .isEqualTo(new Verdict.Accepted(
                        it.directory.sequence(),
                        new CredentialName("jack", null, CredentialKind.KEY_AUTH),
                        OptionalLong.of(OVERLAP.minusSeconds(30).toMillis()),
                        true));
        assertThat(it.directory.previousUses())
                .containsOnlyKeys(new CredentialName("jack", null, CredentialKind.KEY_AUTH));
        it.secrets.skip(OVERLAP);
        assertThat(verdict("old")).isEqualTo(refused(Reason.INVALID_KEY));
    }

    @Test
    void askingIsAUseOfTheCredential() {
        it.consumer("jack", it.literal("k1", "jack-key")).publish();
        assertThat(it.directory.lastUses()).isEmpty();
        verdict("jack-key");
        assertThat(it.directory.lastUses()).containsOnlyKeys(new CredentialName("jack", "k1", CredentialKind.KEY_AUTH));
    }

    @Test
    void keysThatAreNobodysAreRefusedUntilTheNextChange() {
        it.consumer("one", it.literal(null, "shared"))
                .consumer("two", it.literal(null, "shared"))
                .publish();
        assertThat(verdict("shared")).isEqualTo(refused(Reason.AMBIGUOUS_KEY));
        assertThat(verdict("wrong")).isEqualTo(refused(Reason.INVALID_KEY));
        assertThat(verdict("")).isEqualTo(refused(Reason.INVALID_KEY));
        assertThat(verdict("x".repeat(65_536))).isEqualTo(refused(Reason.INVALID_KEY));
        assertThat(verdict("x".repeat(65_537))).isEqualTo(refused(Reason.INVALID_KEY));
    }

    /** A reference is refused even while it cannot be resolved. */
    @Test
    void referenceIsNobodysKey() {
        it.consumer("jack", it.referenced(null, "jack/key")).tell();
        it.build();
        assertThat(verdict("any")).isEqualTo(new Verdict.Unavailable(it.directory.sequence()));
        assertThat(verdict("$secret://vault/prod/jack/key")).isEqualTo(refused(Reason.INVALID_KEY));
        assertThat(verdict("$SECRET://x")).isEqualTo(refused(Reason.INVALID_KEY));
        assertThat(verdict("$env://HOME")).isEqualTo(refused(Reason.INVALID_KEY));
        assertThat(verdict("$Env://HOME")).isEqualTo(refused(Reason.INVALID_KEY));
        assertThat(verdict("$environment")).isEqualTo(new Verdict.Unavailable(it.directory.sequence()));
        it.settle();
    }

    @Test
    void nothingIsSaidBeforeAllIsKnown() {
        assertThat(verdict("any")).isEqualTo(new Verdict.Unavailable(0));
        assertThat(it.verdicts(UnresolvedAnswer.UNAUTHORIZED).of(new byte[1], 1))
                .as("whatever is configured")
                .isEqualTo(new Verdict.Unavailable(0));
    }

    @Test
    void whereUnknownKeysAreRefusedMeanwhileThatIsNotRemembered() {
        it.consumer("jack", it.referenced(null, "jack/key")).tell();
        it.build();
        assertThat(it.verdicts(UnresolvedAnswer.UNAUTHORIZED).of(new byte[1], 1))
                .isEqualTo(new Verdict.Refused(1, Reason.UNRESOLVED, OptionalLong.of(0)));
        it.settle();
    }

    @Test
    void keyIsWipedWhateverBecomesOfIt() {
        it.consumer("jack", it.literal(null, "jack-key")).publish();
        for (String key : new String[] {"jack-key", "wrong", "$env://HOME", "x".repeat(65_537)}) {
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            verdicts.of(bytes, bytes.length);
            assertThat(bytes).containsOnly(0);
        }
    }

    /**
     * A rotation happens between the look-up and the answer. The verdict describes the state before, so its number is
     * lower than that of the change. A follower that received the change does not keep such a verdict.
     */
    @Test
    void verdictThatAChangeOvertookHasALowerNumberThanTheChange() {
        try (DirectoryFixture instant = new DirectoryFixture(Duration.ZERO)) {
            instant.secrets.provider.put("jack", "1", "key", "old");
            instant.consumer("jack", instant.referenced(null, "jack/key")).publish();
            AtomicBoolean rotated = new AtomicBoolean();
            KeyVerdicts overtaken = new KeyVerdicts(new AuthContext(
                    instant.directory,
                    instant.secrets.digester,
                    () -> {
                        // The clock is read after the key was found.
                        if (rotated.compareAndSet(false, true)) {
                            instant.rotate("jack", "2", "new");
                            instant.settle();
                        }
                        return instant.secrets.now();
                    },
                    UnresolvedAnswer.UNAVAILABLE));
            byte[] key = "old".getBytes(StandardCharsets.UTF_8);

            Verdict verdict = overtaken.of(key, key.length);

            assertThat(verdict).isInstanceOf(Verdict.Accepted.class);
            assertThat(instant.affected()).containsExactly("jack");
            assertThat(verdict.sequence()).isLessThan(instant.changes.getLast().sequence());
        }
    }
}
