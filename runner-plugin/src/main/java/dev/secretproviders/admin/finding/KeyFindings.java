package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds keys that several consumers share, values that several references share, short keys, and keys that were not
 * rotated for long. Compares keys by the digests that the runner holds anyway.
 */
public final class KeyFindings implements FindingSource {
    private final CredentialDirectory directory;
    private final Resolver resolver;
    private final Duration oldest;
    private final InstantSource clock;

    /** A key in use. */
    private record Key(
            String consumer,
            String subject,
            KeyDigest digest,
            boolean isShort,
            @Nullable SecretReference reference,
            @Nullable Instant since) {}

    /**
     * Creates the source.
     *
     * @param oldest how long a key may stay unchanged; 0 for no limit
     */
    public KeyFindings(CredentialDirectory directory, Resolver resolver, Duration oldest, InstantSource clock) {
        this.directory = directory;
        this.resolver = resolver;
        this.oldest = oldest;
        this.clock = clock;
    }

    @Override
    public void find(Consumer<Finding> found) {
        List<Key> keys = keys();
        Map<KeyDigest, List<Key>> byDigest = new HashMap<>();
        keys.forEach(key -> byDigest.computeIfAbsent(key.digest(), absent -> new ArrayList<>())
                .add(key));
        byDigest.values().forEach(same -> shared(same, found));
        keys.stream()
                .filter(Key::isShort)
                .forEach(key -> found.accept(new Finding(
                        Kind.SHORT_KEY,
                        List.of(key.subject()),
                        "the key has fewer than 16 bytes and can be guessed",
                        providers(List.of(key)))));
        notRotated(keys, found);
    }

    private List<Key> keys() {
        List<Key> keys = new ArrayList<>();
        Map<SecretReference, Resolution> resolutions = new HashMap<>();
        resolver.resolutions().forEach(resolution -> resolutions.put(resolution.reference(), resolution));
        for (var consumer : directory.consumers().consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                String subject = SecretFindings.subject(consumer, credential);
                switch (credential.key()) {
                    case CredentialKey.Literal(KeyDigest digest, boolean isShort) ->
                        keys.add(new Key(consumer.username(), subject, digest, isShort, null, null));
                    case CredentialKey.Referenced(SecretReference reference) -> {
                        Resolution resolution = resolutions.get(reference);
                        ResolvedValue value = resolution == null ? null : resolution.current();
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

    /** Returns the providers of the keys. A literal key has none. */
    private static Set<ProviderId> providers(Collection<Key> keys) {
        Set<ProviderId> providers = new HashSet<>();
        for (Key key : keys) {
            if (key.reference() == null) {
                return Set.of();
            }
            providers.add(key.reference().provider());
        }
        return providers;
    }

    private static void shared(Collection<Key> same, Consumer<Finding> found) {
        if (same.stream().map(Key::consumer).distinct().count() > 1) {
            found.accept(new Finding(
                    Kind.SHARED_KEY,
                    same.stream().map(Key::subject).sorted().toList(),
                    "these consumers have the same key, so it identifies none of them",
                    providers(same)));
        }
        TreeSet<String> references = new TreeSet<>();
        Set<ProviderId> providers = new HashSet<>();
        for (Key key : same) {
            if (key.reference() != null) {
                references.add(key.reference().toString());
                providers.add(key.reference().provider());
            }
        }
        if (references.size() > 1) {
            found.accept(new Finding(
                    Kind.SHARED_VALUE,
                    List.copyOf(references),
                    "these references stand for the same value; a rotation of one may leave out the others",
                    providers));
        }
    }

    private void notRotated(List<Key> keys, Consumer<Finding> found) {
        if (oldest.isZero()) {
            return;
        }
        Instant now = clock.instant();
        Map<String, Key> old = new TreeMap<>();
        for (Key key : keys) {
            if (key.reference() != null && key.since() != null && key.since().isBefore(now.minus(oldest))) {
                old.put(key.reference().toString(), key);
            }
        }
        old.forEach((reference, key) -> found.accept(new Finding(
                Kind.NOT_ROTATED,
                List.of(reference),
                "was not rotated for " + Duration.between(key.since(), now).toDays()
                        + " days; the limit, findings.rotation-limit, is " + oldest.toDays() + " days",
                providers(List.of(key)))));
    }
}
