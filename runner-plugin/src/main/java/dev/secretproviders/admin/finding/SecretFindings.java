package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.control.Revocation;
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
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** References in use behind which nothing may be used, or soon nothing will be; each with the credentials that it is the key of. */
public final class SecretFindings implements FindingSource {
    private final CredentialDirectory directory;
    private final Resolver resolver;
    private final Supplier<List<Revocation>> revocations;
    private final InstantSource clock;

    public SecretFindings(
            CredentialDirectory directory,
            Resolver resolver,
            Supplier<List<Revocation>> revocations,
            InstantSource clock) {
        this.directory = directory;
        this.resolver = resolver;
        this.revocations = revocations;
        this.clock = clock;
    }

    /** Returns a credential as findings name it. */
    static String subject(dev.secretproviders.consumer.Consumer consumer, Credential credential) {
        return "consumers/" + consumer.username() + (credential.id() == null ? "" : "/credentials/" + credential.id());
    }

    @Override
    public void find(Consumer<Finding> found) {
        Set<String> revoked = revocations.get().stream()
                .map(revocation -> denial(revocation.provider() + "/" + revocation.path(), revocation.problem()))
                .collect(Collectors.toSet());
        Map<SecretReference, Set<String>> users = null;
        for (Resolution resolution : resolver.resolutions()) {
            Kind kind = kind(resolution, revoked);
            if (kind != null) {
                users = users == null ? users() : users;
                SecretReference reference = resolution.reference();
                List<String> subjects = new ArrayList<>(List.of(reference.toString()));
                subjects.addAll(users.getOrDefault(reference, Set.of()));
                found.accept(new Finding(kind, subjects, message(kind, resolution), Set.of(reference.provider())));
            }
        }
    }

    private Map<SecretReference, Set<String>> users() {
        Map<SecretReference, Set<String>> users = new HashMap<>();
        for (var consumer : directory.consumers().consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                if (credential.key() instanceof CredentialKey.Referenced(SecretReference reference)) {
                    users.computeIfAbsent(reference, absent -> new TreeSet<>()).add(subject(consumer, credential));
                }
            }
        }
        return users;
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

    /** The reason for which a secret is denied, which is all that tells a revocation from a manager's word. */
    private static String denial(String secret, @Nullable String problem) {
        return secret + ": " + problem;
    }

    private String message(Kind kind, Resolution resolution) {
        String problem = Objects.requireNonNullElse(resolution.problem(), "the reason is not known yet");
        return switch (kind) {
            case REVOKED_SECRET -> problem + "; its keys are refused until there is another version";
            case EXPIRED_SECRET ->
                "was not confirmed for longer than cache.stale_ttl, so that its keys get 503 (" + problem + ")";
            case SOON_STALE_SECRET ->
                "was confirmed last at " + current(resolution).verifiedAt().truncatedTo(ChronoUnit.SECONDS)
                        + " and is refused from "
                        + clock.instant().plus(left(resolution)).truncatedTo(ChronoUnit.SECONDS)
                        + " on unless its manager answers (" + problem + ")";
            default -> problem + "; its keys are refused";
        };
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
