package dev.secretproviders.app.control;

import dev.secretproviders.admin.history.DecisionTotals;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.transport.route.ConfTokens;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the runner's sockets count and carry. All may be called by any thread, and return at once.
 *
 * @param decisions returns what was decided since the start
 * @param followers returns how many companions follow the events
 * @param eventProblem returns why events are not served, or null if they are
 * @param upstream the secrets that requests carry to upstreams
 * @param tokens the tokens that APISIX got for its routes
 */
public record Served(
        Supplier<DecisionTotals> decisions,
        LongSupplier followers,
        Supplier<@Nullable String> eventProblem,
        UpstreamSecrets upstream,
        ConfTokens tokens) {}
