package dev.secretproviders.transport;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.transport.companion.Verdicts;
import dev.secretproviders.transport.route.BuiltInFilter;
import dev.secretproviders.transport.route.ConfTokens;
import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.RouteCompiler;
import dev.secretproviders.transport.route.RouteProblem;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.socket.TransportOptions;
import dev.secretproviders.transport.wire.Messages;
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

    private final TransportOptions options;
    private final TransportStats stats = new TransportStats();
    private final RouteCompiler compiler;
    private final ConfTokens tokens;
    private final VerdictSource verdictSource;
    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

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
        this.compiler = new RouteCompiler(builtIns, hosted, stats);
        this.tokens = new ConfTokens(options.confExpiry(), options.maxRoutes(), ticker);
        stats.countTokensWith(tokens::size);
    }

    TransportOptions options() {
        return options;
    }

    TransportStats stats() {
        return stats;
    }

    int prepare(Messages.PrepareConf message) {
        return tokens.prepare(message, compiler::compile);
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

    /** Judges a key and wipes it from the array. */
    Verdict verdict(byte[] key, int length) {
        Verdict verdict = verdictSource.verdicts().of(key, length);
        stats.count(verdict);
        return verdict;
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
