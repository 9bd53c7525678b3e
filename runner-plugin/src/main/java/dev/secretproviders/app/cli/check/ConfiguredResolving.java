package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Resolves with the providers of a configuration, in this process. */
final class ConfiguredResolving implements Resolving {
    private final Configuration configuration;
    private final Duration patience;

    /**
     * Creates it.
     *
     * @param patience how long to wait for the answer about one reference
     */
    ConfiguredResolving(Configuration configuration, Duration patience) {
        this.configuration = configuration;
        this.patience = patience;
    }

    @Override
    public String name() {
        return "this command, with the providers of its configuration";
    }

    @Override
    public boolean asRunner() {
        return false;
    }

    @Override
    public Set<ProviderId> providers() {
        return configuration.providers().all().stream()
                .map(registered -> registered.provider().id())
                .collect(Collectors.toSet());
    }

    @Override
    public String problem(SecretReference reference) {
        Registered registered = configuration.providers().get(reference.provider());
        try {
            return registered == null
                            || !registered.provider().addresses(reference).isEmpty()
                    ? ""
                    : "it means nothing to its provider";
        } catch (InvalidReferenceException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public @Nullable ProviderPolicy policy(ProviderId id) {
        Registered registered = configuration.providers().get(id);
        return registered == null ? null : registered.policy();
    }

    @Override
    public Map<SecretReference, Result> resolve(Set<SecretReference> references, Consumer<Result> each)
            throws InterruptedException {
        Map<SecretReference, Result> results = new LinkedHashMap<>();
        try (Resolver resolver = Resolver.start(configuration.providers().all(), configuration.digester())) {
            // All at once, so that the managers are asked at the same time.
            resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(references));
            for (SecretReference reference : references) {
                Result result = result(resolver.settle(reference, patience));
                results.put(reference, result);
                each.accept(result);
            }
        }
        return results;
    }

    private static Result result(Resolution resolution) {
        boolean usable = resolution.state().usable();
        String problem = resolution.problem() == null ? "no answer in time" : resolution.problem();
        return new Result(usable, resolution.state() == ResolutionState.NEGATIVE, usable ? "" : problem);
    }
}
