package dev.secretproviders.app.wiring;

import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.jwt.VerifiedTokens;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.transport.route.AuthFilters;
import dev.secretproviders.transport.route.BuiltInFilter;
import dev.secretproviders.transport.route.InjectFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The work apart from requests, each kind on a thread of its own: a long build of the index delays no secret of an
 * upstream.
 *
 * @param indexBuilder builds the credential index
 * @param upstream keeps the secrets for upstreams
 * @param injector its thread
 */
record Workers(ExecutorService indexBuilder, UpstreamSecrets upstream, ExecutorService injector) {

    static Workers of(Resolver resolver) {
        ScheduledExecutorService injector = Executors.newSingleThreadScheduledExecutor(
                Thread.ofVirtual().name("inject").factory());
        UpstreamSecrets upstream = UpstreamSecrets.waiting(resolver, injector);
        var _ = injector.scheduleWithFixedDelay(upstream::tidy, 1, 1, TimeUnit.MINUTES);
        return new Workers(
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("index-builder").daemon().factory()),
                upstream,
                injector);
    }

    /** Returns all built-in filters. */
    List<BuiltInFilter> filters(AuthContext context, VerifiedTokens verified, SeenSignatures seen) {
        List<BuiltInFilter> filters = new ArrayList<>(AuthFilters.of(context, verified, seen));
        filters.add(new InjectFilter(upstream));
        return filters;
    }

    void stop() {
        indexBuilder.shutdownNow();
        injector.shutdownNow();
    }
}
