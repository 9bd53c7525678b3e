package dev.secretproviders.certificate;

import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;

/** The values of references, as the resolver keeps them. Thread-safe. */
final class ResolvedCertificateValues implements CertificateValues {
    private static final String OWNER = "certificates";

    private final Resolver resolver;

    ResolvedCertificateValues(Resolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public void want(Set<SecretReference> references) {
        resolver.retain(OWNER, Use.VALUE.of(references));
    }

    @Override
    public Answer read(SecretReference reference) {
        Resolution resolution = resolver.resolution(reference);
        ResolvedValue current = resolution.current();
        if (current == null) {
            return new Answer.Unknown(
                    Objects.requireNonNullElse(resolution.problem(), "its value is not known yet; try again soon"),
                    resolution.state().undecided());
        }
        Secret copy = current.read(bytes -> Secret.owning(bytes.clone()));
        return copy == null
                ? new Answer.Unknown("its value is being fetched; try again soon", true)
                : new Answer.Value(copy, current.digest(), resolution.state() != ResolutionState.STALE);
    }

    @Override
    public void settle(SecretReference reference, Duration limit) throws InterruptedException {
        var _ = resolver.settle(reference, limit);
    }

    @Override
    public void refresh(SecretReference reference) {
        var _ = resolver.refresh(reference);
    }
}
