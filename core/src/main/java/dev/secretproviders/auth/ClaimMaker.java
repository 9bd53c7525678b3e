package dev.secretproviders.auth;

import dev.secretproviders.auth.proof.HeldProof;
import dev.secretproviders.auth.proof.Proof;
import dev.secretproviders.auth.proof.ProofMaker;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.chain.ChainResolution;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the claims of a credential from the values of its fields. Used by the index builder only. */
final class ClaimMaker {
    private final Map<CredentialKind, ProofMaker> makers = new EnumMap<>(CredentialKind.class);

    /**
     * One value of a field.
     *
     * @param validity when a credential counts by what the secret says
     */
    private record Value(
            KeyDigest digest,
            @Nullable Secret secret,
            @Nullable HeldVersion version,
            boolean previous,
            Validity validity) {
        static Value literal(KeyDigest digest, @Nullable Secret secret) {
            return new Value(digest, secret, null, false, Validity.UNLIMITED);
        }
    }

    /**
     * The values of a field, the current one first.
     *
     * @param undecided whether the current one could not be resolved yet
     * @param secret the name of the secret that the field is a part of, or null if there is none
     */
    private record Values(
            List<Value> values, boolean undecided, @Nullable Source secret) {}

    /** One secret of a manager, by the names that decide which version is meant. */
    private record Source(
            String provider,
            String path,
            @Nullable String version,
            @Nullable String stage) {}

    ClaimMaker(List<ProofMaker> makers) {
        makers.forEach(maker -> this.makers.put(maker.kind(), maker));
    }

    /**
     * Returns the claims of a credential: a chain, {@link KeyClaim#UNDECIDED}, or null for none.
     *
     * @param resolutions the resolutions of all references of the credential, as of one moment
     */
    @Nullable
    KeyClaim claims(Identity identity, Map<SecretReference, Resolution> resolutions) {
        Credential credential = Objects.requireNonNull(identity.credential());
        CredentialText proof = credential.proof();
        if (proof != null) {
            return provable(
                    identity, credential, values(credential.attribute(), resolutions), values(proof, resolutions));
        }
        return switch (credential.attribute()) {
            case CredentialText.Literal(KeyDigest digest, boolean _) ->
                KeyClaim.of(digest, identity, null, false, credential.validity());
            case CredentialText.LiteralValue(CredentialText.Literal literal, Secret _) ->
                KeyClaim.of(literal.digest(), identity, null, false, credential.validity());
            case CredentialText.Referenced(SecretReference reference) ->
                // Only the builder decides which references are kept, so each reference has a resolution.
                keys(identity, credential.validity(), Objects.requireNonNull(resolutions.get(reference)));
            case CredentialText.Chained(ReferenceChain chain) ->
                keys(identity, credential.validity(), picked(chain, resolutions));
        };
    }

    /** Returns the claims of an API key by the resolution of its reference. */
    private static @Nullable KeyClaim keys(Identity identity, Validity labels, Resolution resolution) {
        ResolvedValue current = resolution.current();
        if (current == null) {
            return resolution.state().undecided() ? KeyClaim.UNDECIDED : null;
        }
        Validity now = current.version().validity();
        KeyClaim first = KeyClaim.of(current.digest(), identity, current.version(), false, labels.and(now));
        KeyClaim last = first;
        for (ResolvedValue previous : resolution.previousValues()) {
            last.next = KeyClaim.of(
                    previous.digest(), identity, previous.version(), true, labels.and(ofPrevious(previous, now)));
            last = last.next;
        }
        return first;
    }

    /**
     * Returns the validity of an earlier version. It has times of its own, since the next one may begin later. But a
     * secret that is disabled now is so with all of its versions.
     */
    private static Validity ofPrevious(ResolvedValue previous, Validity current) {
        return previous.version().validity().and(current.withoutTimes());
    }

    private static Values values(CredentialText text, Map<SecretReference, Resolution> resolutions) {
        return switch (text) {
            case CredentialText.Literal(KeyDigest digest, boolean _) ->
                new Values(List.of(Value.literal(digest, null)), false, null);
            case CredentialText.LiteralValue(CredentialText.Literal literal, Secret secret) ->
                new Values(List.of(Value.literal(literal.digest(), secret)), false, null);
            case CredentialText.Referenced(SecretReference reference) ->
                values(Objects.requireNonNull(resolutions.get(reference)));
            case CredentialText.Chained(ReferenceChain chain) -> values(picked(chain, resolutions));
        };
    }

    private static Resolution picked(ReferenceChain chain, Map<SecretReference, Resolution> resolutions) {
        return Objects.requireNonNull(ChainResolution.pick(chain, resolutions));
    }

    private static Values values(Resolution resolution) {
        ResolvedValue current = resolution.current();
        if (current == null) {
            return new Values(List.of(), resolution.state().undecided(), null);
        }
        List<Value> values = new ArrayList<>();
        Validity now = current.version().validity();
        values.add(new Value(current.digest(), current.value(), current.version(), false, now));
        resolution
                .previous()
                .forEach(previous -> values.add(new Value(
                        previous.digest(), previous.value(), previous.version(), true, ofPrevious(previous, now))));
        SecretReference reference = resolution.reference();
        String path = Objects.requireNonNullElse(resolution.path(), reference.path());
        return new Values(
                values,
                false,
                new Source(reference.provider().toString(), path, reference.version(), reference.stage()));
    }

    /**
     * Returns the claims of a credential that has to be proven. A user name and a password of one secret change
     * together, so only those of the same version belong together.
     */
    private @Nullable KeyClaim provable(Identity identity, Credential credential, Values attributes, Values secrets) {
        ProofMaker maker = makers.get(credential.kind());
        if (attributes.undecided()) {
            return KeyClaim.UNDECIDED;
        }
        if (maker == null || (secrets.values().isEmpty() && !secrets.undecided())) {
            return null;
        }
        boolean paired = attributes.secret() != null && attributes.secret().equals(secrets.secret());
        List<HeldProof> proofs = new ArrayList<>();
        secrets.values().forEach(value -> proofs.add(proof(maker, identity, credential, value)));
        Validity labels = credential.validity();
        ProvableClaim first = null;
        ProvableClaim last = null;
        for (Value attribute : distinct(attributes.values())) {
            List<HeldProof> of = paired ? ofVersions(attribute.digest(), attributes.values(), proofs) : proofs;
            if (!of.isEmpty() || secrets.undecided()) {
                ProvableClaim claim = new ProvableClaim(
                        attribute.digest(),
                        identity,
                        attribute.version(),
                        attribute.previous(),
                        new ProvableClaim.Proofs(of, secrets.undecided()),
                        // Fields of one version have one validity, which the proof has.
                        paired ? labels : labels.and(attribute.validity()));
                if (last == null) {
                    first = claim;
                } else {
                    last.next = claim;
                }
                last = claim;
            }
        }
        return first;
    }

    /** Returns the first value of each digest. A user name usually stays when its password changes. */
    private static List<Value> distinct(List<Value> values) {
        List<Value> distinct = new ArrayList<>();
        for (Value value : values) {
            if (distinct.stream().noneMatch(other -> other.digest().equals(value.digest()))) {
                distinct.add(value);
            }
        }
        return distinct;
    }

    /** Returns the proofs of the versions in which the attribute has this digest. */
    private static List<HeldProof> ofVersions(KeyDigest attribute, List<Value> attributes, List<HeldProof> proofs) {
        return proofs.stream()
                .filter(proof -> attributes.stream()
                        .anyMatch(value -> value.digest().equals(attribute) && value.version() == proof.version()))
                .toList();
    }

    /**
     * Returns a proof. That of an unchanged secret stays, since preparing one may take long. One that cannot be used is
     * prepared again, since its value may be there now.
     */
    private static HeldProof proof(ProofMaker maker, Identity identity, Credential credential, Value value) {
        Proof proof = null;
        for (KeyClaim claim = identity.claims; claim != null && proof == null; claim = claim.next) {
            if (claim instanceof ProvableClaim provable) {
                for (HeldProof held : provable.proofs()) {
                    if (held.digest().equals(value.digest()) && !(held.proof() instanceof HeldProof.Unusable)) {
                        proof = held.proof();
                    }
                }
            }
        }
        return new HeldProof(
                proof == null ? made(maker, credential, value) : proof,
                value.digest(),
                value.version(),
                value.previous(),
                value.validity());
    }

    /** Returns a proof. A value that cannot be read makes only its own credential unusable, not the whole index. */
    private static Proof made(ProofMaker maker, Credential credential, Value value) {
        try {
            return maker.make(credential, value.digest(), value.secret());
        } catch (ProofMaker.UnusableException e) {
            return new HeldProof.Unusable(credential.proofField() + ": " + e.getMessage());
        } catch (RuntimeException e) {
            Secret secret = value.secret();
            if (secret != null && secret.isClosed()) {
                // It ended while it was read. The index is built again, with the value that replaces it.
                throw e;
            }
            // The message may hold a part of the value.
            return new HeldProof.Unusable(credential.proofField() + ": cannot be read ("
                    + e.getClass().getName() + "); store another value");
        }
    }
}
