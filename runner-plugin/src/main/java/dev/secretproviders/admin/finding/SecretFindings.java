package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.admin.finding.SecretUsers.Use;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.control.Revocation;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds references in use without a usable value, now or soon, each with the credentials that use it. */
public final class SecretFindings implements FindingSource {
    private final CredentialDirectory directory;
    private final Resolver resolver;
    private final Supplier<List<Revocation>> revocations;
    private final Supplier<List<Usage>> certificates;
    private final InstantSource clock;

    /**
     * Creates the source.
     *
     * @param certificates returns the uses of references by certificates
     */
    public SecretFindings(
            CredentialDirectory directory,
            Resolver resolver,
            Supplier<List<Revocation>> revocations,
            Supplier<List<Usage>> certificates,
            InstantSource clock) {
        this.directory = directory;
        this.resolver = resolver;
        this.revocations = revocations;
        this.certificates = certificates;
        this.clock = clock;
    }

    /** Returns the name of a credential in findings. */
    static String subject(dev.secretproviders.consumer.Consumer consumer, Credential credential) {
        return "consumers/" + consumer.username() + (credential.id() == null ? "" : "/credentials/" + credential.id());
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        Set<String> revoked = revocations.get().stream()
                .map(revocation -> denial(revocation.provider() + "/" + revocation.path(), revocation.problem()))
                .collect(Collectors.toSet());
        Map<SecretReference, Kind> kinds = new HashMap<>();
        resolutions.forEach((reference, resolution) -> {
            Kind kind = kind(resolution, revoked);
            if (kind != null) {
                kinds.put(reference, kind);
            }
        });
        if (!kinds.isEmpty()) {
            SecretUsers users = new SecretUsers(kinds.keySet(), directory.consumers(), certificates.get(), resolutions);
            kinds.forEach((reference, kind) -> {
                SecretUsers.Users its = users.of(reference);
                if (its != null) {
                    found.accept(finding(kind, Objects.requireNonNull(resolutions.get(reference)), its));
                }
            });
        }
        findNoted(Kind.UNUSABLE_SECRET, directory.problems(), "plugins.%s.%s; it is refused", found);
        findNoted(Kind.WEAK_SECRET, directory.index().weaknesses(), "plugins.%s: %s", found);
    }

    /** Finds what is noted about credentials. */
    private void findNoted(Kind kind, Map<CredentialName, String> notes, String message, Consumer<Finding> found) {
        if (notes.isEmpty()) {
            return;
        }
        for (var consumer : directory.consumers().consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                String note = notes.get(CredentialName.of(consumer, credential));
                if (note != null) {
                    found.accept(new Finding(
                            kind,
                            List.of(subject(consumer, credential)),
                            message.formatted(credential.kind().plugin(), note),
                            credential.references().stream()
                                    .map(SecretReference::provider)
                                    .collect(Collectors.toSet())));
                }
            }
        }
    }

    private Finding finding(Kind kind, Resolution resolution, SecretUsers.Users users) {
        SecretReference reference = resolution.reference();
        List<String> subjects = new ArrayList<>(List.of(reference.toString()));
        subjects.addAll(users.subjects());
        return new Finding(kind, subjects, message(kind, resolution, users.uses()), Set.of(reference.provider()));
    }

    private @Nullable Kind kind(Resolution resolution, Set<String> revoked) {
        return switch (resolution.state()) {
            case NEGATIVE ->
                revoked.contains(denial(
                                resolution.reference().provider() + "/" + resolution.path(), resolution.problem()))
                        ? Kind.REVOKED_SECRET
                        : Kind.MISSING_SECRET;
            case EXPIRED -> Kind.EXPIRED_SECRET;
            case INVALID -> Kind.BROKEN_REFERENCE;
            case STALE -> left(resolution).compareTo(age(resolution)) < 0 ? Kind.SOON_STALE_SECRET : null;
            case LOADING, FRESH, REFRESHING -> null;
        };
    }

    /**
     * Returns the reason for which a secret is denied. Only the reason tells a revocation from the manager's own
     * refusal.
     */
    private static String denial(String secret, @Nullable String problem) {
        return secret + ": " + problem;
    }

    private String message(Kind kind, Resolution resolution, Set<Use> uses) {
        String problem = Objects.requireNonNullElse(resolution.problem(), "the reason is not known yet");
        return switch (kind) {
            case REVOKED_SECRET -> problem + "; " + effect(uses, "are refused") + " until there is another version";
            case EXPIRED_SECRET ->
                "was not confirmed for longer than cache.stale_ttl, so " + effect(uses, "get 503") + " (" + problem
                        + ")";
            case SOON_STALE_SECRET ->
                "was confirmed last at " + current(resolution).verifiedAt().truncatedTo(ChronoUnit.SECONDS)
                        + "; from " + clock.instant().plus(left(resolution)).truncatedTo(ChronoUnit.SECONDS) + " on "
                        + effect(uses, "get 503") + " unless its manager answers (" + problem + ")";
            default -> problem + "; " + effect(uses, "are refused");
        };
    }

    /**
     * Returns what it means for those who use a secret.
     *
     * @param credentials what happens to requests with the credential
     */
    private static String effect(Set<Use> uses, String credentials) {
        return uses.stream()
                .map(use -> switch (use) {
                    case CREDENTIAL -> "its credentials " + credentials;
                    case UPSTREAM -> "requests that carry it to an upstream get 503";
                    case CERTIFICATE -> "its certificate stays as it is";
                })
                .collect(Collectors.joining(", "));
    }

    private static HeldVersion current(Resolution resolution) {
        return Objects.requireNonNull(resolution.current()).version();
    }

    private Duration left(Resolution resolution) {
        return Duration.ofNanos(current(resolution).usableFor(resolver.ticker().read()));
    }

    private Duration age(Resolution resolution) {
        Instant confirmed = current(resolution).verifiedAt();
        return Duration.between(confirmed, clock.instant());
    }
}
