package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.chain.ChainResolution;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    private final Duration oldest;
    private final InstantSource clock;

    /**
     * A field of a credential in use.
     *
     * @param attribute its name if it identifies the credential, such as a key or a user name; otherwise null
     * @param secret whether it has to be kept secret, unlike a user name
     */
    private record Key(
            dev.secretproviders.consumer.Consumer consumer,
            Credential credential,
            @Nullable String attribute,
            boolean secret,
            Held held) {
        String subject() {
            return SecretFindings.subject(consumer, credential);
        }

        CredentialKind kind() {
            return credential.kind();
        }

        @Nullable
        SecretReference reference() {
            return held.reference();
        }
    }

    /** What is held of a field. */
    private record Held(
            KeyDigest digest,
            boolean isShort,
            @Nullable SecretReference reference,
            @Nullable Instant since) {}

    /**
     * Creates the source.
     *
     * @param oldest how long a key may stay unchanged; 0 for no limit
     */
    public KeyFindings(CredentialDirectory directory, Duration oldest, InstantSource clock) {
        this.directory = directory;
        this.oldest = oldest;
        this.clock = clock;
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        List<Key> keys = keys(resolutions);
        for (List<Key> same : alike(keys)) {
            Map<CredentialKind, List<Key>> attributes = new EnumMap<>(CredentialKind.class);
            for (Key key : same) {
                if (key.attribute() != null) {
                    attributes
                            .computeIfAbsent(key.kind(), absent -> new ArrayList<>())
                            .add(key);
                }
            }
            attributes.values().forEach(ofKind -> shared(ofKind, found));
            sameValue(same, found);
        }
        for (Key key : keys) {
            if (key.secret() && key.held().isShort() && key.kind() != CredentialKind.BASIC_AUTH) {
                found.accept(new Finding(
                        Kind.SHORT_KEY,
                        List.of(key.subject()),
                        "the " + named(key) + " has fewer than 16 bytes and can be guessed",
                        providers(List.of(key))));
            }
        }
        notRotated(keys, found);
    }

    /** Returns the keys of equal values. Nearly all keys have a value of their own, and get no list. */
    private static Collection<List<Key>> alike(List<Key> keys) {
        Map<KeyDigest, Key> first = HashMap.newHashMap(keys.size());
        Map<KeyDigest, List<Key>> alike = new HashMap<>();
        for (Key key : keys) {
            Key before = first.putIfAbsent(key.held().digest(), key);
            if (before != null) {
                alike.computeIfAbsent(key.held().digest(), absent -> new ArrayList<>(List.of(before)))
                        .add(key);
            }
        }
        return alike.values();
    }

    private List<Key> keys(Map<SecretReference, Resolution> resolutions) {
        List<Key> keys = new ArrayList<>();
        for (var consumer : directory.consumers().consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                CredentialText proof = credential.proof();
                Held attribute = held(credential.attribute(), resolutions);
                if (attribute != null) {
                    keys.add(new Key(consumer, credential, credential.attributeField(), proof == null, attribute));
                }
                Held proven = proof == null ? null : held(proof, resolutions);
                if (proven != null) {
                    keys.add(new Key(consumer, credential, null, true, proven));
                }
            }
        }
        return keys;
    }

    private static @Nullable Held held(CredentialText text, Map<SecretReference, Resolution> resolutions) {
        return switch (text) {
            case CredentialText.Literal(KeyDigest digest, boolean isShort) -> new Held(digest, isShort, null, null);
            case CredentialText.LiteralValue(CredentialText.Literal literal, Secret _) ->
                new Held(literal.digest(), literal.shorterThan16(), null, null);
            case CredentialText.Referenced(SecretReference reference) -> held(resolutions.get(reference));
            case CredentialText.Chained(ReferenceChain chain) -> held(ChainResolution.pick(chain, resolutions));
        };
    }

    private static @Nullable Held held(@Nullable Resolution resolution) {
        ResolvedValue value = resolution == null ? null : resolution.current();
        return resolution == null || value == null
                ? null
                : new Held(
                        value.digest(),
                        value.shorterThan16(),
                        resolution.reference(),
                        value.version().createdAt());
    }

    private static String named(Key key) {
        return switch (key.kind()) {
            case KEY_AUTH -> "key";
            case BASIC_AUTH -> "password";
            case JWT_AUTH -> "secret of jwt-auth";
            case HMAC_AUTH -> "secret_key of hmac-auth";
        };
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
        if (same.stream().map(key -> key.consumer().username()).distinct().count() > 1) {
            found.accept(new Finding(
                    Kind.SHARED_KEY,
                    same.stream().map(Key::subject).sorted().toList(),
                    "these consumers have the same " + same.iterator().next().attribute()
                            + ", so it identifies none of them",
                    providers(same)));
        }
    }

    private static void sameValue(Collection<Key> same, Consumer<Finding> found) {
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
        Instant limit = now.minus(oldest);
        Map<String, Key> old = new TreeMap<>();
        for (Key key : keys) {
            Instant since = key.held().since();
            if (key.secret() && key.reference() != null && since != null && since.isBefore(limit)) {
                old.put(key.reference().toString(), key);
            }
        }
        old.forEach((reference, key) -> found.accept(new Finding(
                Kind.NOT_ROTATED,
                List.of(reference),
                "was not rotated for "
                        + Duration.between(Objects.requireNonNull(key.held().since()), now)
                                .toDays() + " days; the limit, findings.rotation-limit, is " + oldest.toDays()
                        + " days",
                providers(List.of(key)))));
    }
}
