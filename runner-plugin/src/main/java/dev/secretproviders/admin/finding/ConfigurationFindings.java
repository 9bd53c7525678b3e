package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.guard.Degradation;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Finds problems in the gateway's configuration: requests that pass without authentication, and objects that were left
 * out.
 */
public final class ConfigurationFindings implements FindingSource {
    private final CredentialDirectory directory;

    /** Creates the source. */
    public ConfigurationFindings(CredentialDirectory directory) {
        this.directory = directory;
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        ConsumerSnapshot consumers = directory.consumers();
        consumers.configuration().degradations().forEach(place -> found.accept(degradation(place)));
        consumers
                .problems()
                .forEach(problem -> found.accept(
                        new Finding(Kind.CONSUMER_PROBLEM, List.of(problem.resource()), problem.describe())));
    }

    private static Finding degradation(Degradation place) {
        return new Finding(
                Kind.DEGRADATION,
                List.of(place.type().name().toLowerCase(Locale.ROOT) + "/" + place.id()),
                place.field() + " is true: while the runner cannot be reached, requests pass without authentication");
    }
}
