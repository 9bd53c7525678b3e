package dev.secretproviders.transport;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.transport.companion.Verdicts;
import dev.secretproviders.transport.route.BuiltInFilter;
import dev.secretproviders.transport.route.ConfTokens;
import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.RouteCompiler;
import dev.secretproviders.transport.route.RouteProblem;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.socket.TransportOptions;
import dev.secretproviders.transport.wire.Messages;
import dev.secretproviders.transport.work.Workers;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.jspecify.annotations.Nullable;

/** State that all connections share. Thread-safe. */
final class Transport {
    /** Tells a connection to close as soon as it has nothing to answer. */
    static final Object DRAIN = new Object();
    /** Tells a connection that requests are decided from now on. */
    static final Object DECIDE = new Object();

    private final TransportOptions options;
    private final TransportStats stats = new TransportStats();
    private final ConfTokens tokens;
    private final Workers workers = new Workers();
    private final VerdictSource verdictSource;
    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
    private volatile boolean deciding;

    /**
     * The part that answers verdict calls.
     *
     * @param epoch the identity of this start of the runner
     */
    record VerdictSource(String epoch, Verdicts verdicts) {}

    Transport(
            TransportOptions options,
            List<BuiltInFilter> builtIns,
            List<PluginFilter> hosted,
            VerdictSource verdictSource,
            Ticker ticker) {
        this.options = options;
        this.verdictSource = verdictSource;
        RouteCompiler compiler = new RouteCompiler(builtIns, hosted, stats);
        this.tokens = new ConfTokens(options.confExpiry(), options.maxRoutes(), ticker, compiler::compile);
        stats.countTokensWith(tokens::size);
    }

    TransportOptions options() {
        return options;
    }

    Workers workers() {
        return workers;
    }

    TransportStats stats() {
        return stats;
    }

    int prepare(Messages.PrepareConf message) {
        return tokens.prepare(message);
    }

    /** Returns the tokens of routes. */
    ConfTokens tokens() {
        return tokens;
    }

    /** Returns whether requests are decided. Until then only configurations are prepared. */
    boolean deciding() {
        return deciding;
    }

    /** Begins to decide requests, those that wait first. */
    void decide() {
        deciding = true;
        connections().forEach(channel -> channel.pipeline().fireUserEventTriggered(DECIDE));
    }

    /** Returns the route of a token. Counts an unknown token and returns null for it. */
    @Nullable
    PreparedRoute find(int token) {
        PreparedRoute route = tokens.find(token);
        if (route == null) {
            stats.unknownTokens.increment();
        }
        return route;
    }

    /** Returns what judges verdict calls. */
    Verdicts verdicts() {
        return verdictSource.verdicts();
    }

    String epoch() {
        return verdictSource.epoch();
    }

    List<RouteProblem> problems() {
        return tokens.problems();
    }

    void opened(Channel channel) {
        channels.add(channel);
    }

    void closed(Channel channel) {
        channels.remove(channel);
    }

    /** Returns the connections that are open now. */
    List<Channel> connections() {
        return List.copyOf(channels);
    }
}
