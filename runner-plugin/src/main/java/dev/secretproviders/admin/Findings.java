package dev.secretproviders.admin;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.consumer.Degradation;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.reference.SecretReference;
import dev.secretproviders.resolve.ProviderObjects;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What works, but should not be as it is: keys that two consumers share, values that stand behind two paths, short keys, keys that
 * were not rotated for long, routes that let requests pass without authentication when the runner is away. Keys are compared by
 * the digests that the runner holds anyway. And budgets of providers that are too small, and stored objects that would not be
 * taken any more.
 *
 * <p>Thread-safe; answers from memory.
 */
final class Findings {
    private final CredentialDirectory directory;
    private final Resolver resolver;
    private final ProviderObjects objects;
    private final Duration oldest;
    private final InstantSource clock;

    /** What kind of finding it is; stable names, in lower case. */
    enum Kind {
        SHARED_KEY,
        SHARED_VALUE,
        SHORT_KEY,
        NOT_ROTATED,
        DEGRADATION,
        BUDGET,
        REFERENCE_NOT_ALLOWED,
        LOST_SECRET;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One finding.
     *
     * @param subjects what it is about: consumers, credentials, references or routes
     * @param message what is wrong, and what to do
     */
    record Finding(Kind kind, List<String> subjects, String message) {
        Finding {
            subjects = List.copyOf(subjects);
        }
    }

    /** One key in use. */
    private record Key(
            String consumer,
            String subject,
            KeyDigest digest,
            boolean isShort,
            @Nullable SecretReference reference,
            @Nullable Instant since) {}

    /**
     * Creates it.
     *
     * @param oldest how long a key may stay as it is; 0 for ever
     */
    Findings(
            CredentialDirectory directory,
            Resolver resolver,
            ProviderObjects objects,
            Duration oldest,
            InstantSource clock) {
        this.directory = directory;
        this.resolver = resolver;
        this.objects = objects;
        this.oldest = oldest;
        this.clock = clock;
    }

    List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        List<Key> keys = keys();
        Map<KeyDigest, List<Key>> byDigest = new HashMap<>();
        keys.forEach(key -> byDigest.computeIfAbsent(key.digest(), absent -> new ArrayList<>())
                .add(key));
        byDigest.values().forEach(same -> shared(same, findings));
        keys.stream()
                .filter(Key::isShort)
                .forEach(key -> findings.add(new Finding(
                        Kind.SHORT_KEY,
                        List.of(key.subject()),
                        "the key has fewer than 16 bytes and can be guessed; use a longer random one")));
        notRotated(keys, findings);
        directory.consumers().configuration().degradations().forEach(place -> findings.add(degradation(place)));
        resolver.statuses().forEach((id, status) -> {
            if (!status.budget().sufficient()) {
                findings.add(budget(id, status));
            }
        });
        objects.all().forEach(object -> stored(object, findings));
        return findings.stream()
                .sorted((a, b) -> a.kind() == b.kind()
                        ? String.join(",", a.subjects()).compareTo(String.join(",", b.subjects()))
                        : a.kind().compareTo(b.kind()))
                .toList();
    }

    private List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        for (Consumer consumer : directory.consumers().consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                String subject = "consumers/" + consumer.username()
                        + (credential.id() == null ? "" : "/credentials/" + credential.id());
                switch (credential.key()) {
                    case CredentialKey.Literal(KeyDigest digest, boolean isShort) ->
                        keys.add(new Key(consumer.username(), subject, digest, isShort, null, null));
                    case CredentialKey.Referenced(SecretReference reference) -> {
                        ResolvedValue value = resolver.resolution(reference).current();
                        if (value != null) {
                            keys.add(new Key(
                                    consumer.username(),
                                    subject,
                                    value.digest(),
                                    value.shorterThan16(),
                                    reference,
                                    value.version().createdAt()));
                        }
                    }
                }
            }
        }
        return keys;
    }

    private static void shared(Collection<Key> same, List<Finding> findings) {
        if (same.stream().map(Key::consumer).distinct().count() > 1) {
            findings.add(
                    new Finding(
                            Kind.SHARED_KEY,
                            same.stream().map(Key::subject).sorted().toList(),
                            "these consumers have the same key, so that none of them is known by it; give each a key of its own"));
        }
        TreeSet<String> references = new TreeSet<>();
        same.stream()
                .map(Key::reference)
                .filter(reference -> reference != null)
                .forEach(reference -> references.add(reference.toString()));
        if (references.size() > 1) {
            findings.add(new Finding(
                    Kind.SHARED_VALUE,
                    List.copyOf(references),
                    "the same value stands behind these references; whoever rotates one may forget the other"));
        }
    }

    private void notRotated(List<Key> keys, List<Finding> findings) {
        if (oldest.isZero()) {
            return;
        }
        Instant limit = clock.instant().minus(oldest);
        Map<String, Instant> old = new TreeMap<>();
        for (Key key : keys) {
            if (key.reference() != null && key.since() != null && key.since().isBefore(limit)) {
                old.put(key.reference().toString(), key.since());
            }
        }
        old.forEach((reference, since) -> findings.add(new Finding(
                Kind.NOT_ROTATED,
                List.of(reference),
                "was not rotated for "
                        + Duration.between(since, clock.instant()).toDays()
                        + " days; the limit, findings.rotation-limit, is " + oldest.toDays() + " days")));
    }

    private static Finding budget(ProviderId id, ProviderStatus status) {
        return new Finding(
                Kind.BUDGET,
                List.of("providers/" + id),
                status.secrets() + " secrets cannot all be confirmed before half of cache.stale_ttl with "
                        + status.budget().perMinute()
                        + " requests in a minute, and may be refused as too old; raise budget.fetches_per_minute or"
                        + " cache.stale_ttl");
    }

    /** What was stored before the rules for it goes on; a new write of it would be refused. */
    private void stored(ProviderObject object, List<Finding> findings) {
        List<String> subjects = List.of("providers/" + object.id());
        object.references().forEach((field, reference) -> {
            if (objects.registry().allowedReferences().refuses(reference)) {
                findings.add(new Finding(
                        Kind.REFERENCE_NOT_ALLOWED,
                        subjects,
                        field + " refers to " + reference + ", which providers.references.allow does not name; add it"
                                + " there, or write another credential"));
            }
        });
        object.masks()
                .forEach(field -> findings.add(new Finding(
                        Kind.LOST_SECRET,
                        subjects,
                        field + " holds the mask '" + ProviderObject.MASK
                                + "' in place of a value, as earlier versions could store it; write the value again")));
    }

    private static Finding degradation(Degradation place) {
        return new Finding(
                Kind.DEGRADATION,
                List.of(place.type().name().toLowerCase(Locale.ROOT) + "/" + place.id()),
                place.field()
                        + " is true: while the runner cannot be reached, requests pass without authentication; set it"
                        + " to false");
    }
}
