package dev.secretproviders.admin.finding;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.guard.UnguardedRoutes;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.control.Revocations;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.resolve.Resolver;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;

/** Creates the sources of all findings. */
public final class FindingSources {
    private FindingSources() {}

    /**
     * What is looked at.
     *
     * @param source what follows the gateway
     * @param upstream the secrets for upstreams
     * @param followers returns how many workers of APISIX follow the events
     */
    public record Seen(
            Resolver resolver,
            CredentialDirectory directory,
            ConsumerSource source,
            UpstreamSecrets upstream,
            ProviderObjects objects,
            Revocations revocations,
            Certificates certificates,
            LongSupplier followers) {}

    /** Returns the sources. */
    public static List<FindingSource> of(Seen seen, FindingLimits limits, InstantSource clock) {
        CredentialDirectory directory = seen.directory();
        Resolver resolver = seen.resolver();
        return List.of(
                new KeyFindings(directory, limits.rotation(), clock),
                new SecretFindings(directory, resolver, seen.revocations()::all, seen.certificates()::usages, clock),
                new ValidityFindings(directory, limits.warnBefore()),
                new ConfigurationFindings(directory),
                new InjectFindings(directory, seen.upstream()),
                new BudgetFindings(resolver),
                new WrongKeyFindings(directory),
                new StoredObjectFindings(seen.objects()),
                new CertificateFindings(seen.certificates(), clock),
                new LimitFindings(seen.objects().registry()),
                new GatewayFindings(
                        () -> directory.consumers().configuration(),
                        seen.source()::nodes,
                        new UnguardedRoutes(
                                () -> directory.consumers().configuration().routes(),
                                seen.followers(),
                                System::nanoTime)));
    }
}
