package dev.secretproviders.gateway;

import dev.secretproviders.gateway.RouteConf.Plugin;
import dev.secretproviders.gateway.RunnerMessage.Action;
import dev.secretproviders.gateway.RunnerMessage.InfoWanted;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One nginx worker: its connections and the tokens it remembers. Thread-safe. */
public final class Worker {
    private static final int MAX_TRIES = 3;
    private static final int ID_BITS = 22;

    private final int index;
    private final Path socket;
    private final ConnectionPool connections;
    private final Tokens shared;
    private final Tokens.OfWorker remembered;
    private final AtomicInteger count = new AtomicInteger();

    Worker(int index, Path socket, RunnerClient.Options options, Tokens shared) {
        this.index = index;
        this.socket = socket;
        this.connections = new ConnectionPool(socket, options);
        this.shared = shared;
        this.remembered = new Tokens.OfWorker(options);
    }

    /**
     * Asks the runner about a request, as ext-plugin-pre-req does, and applies its answer.
     *
     * <p>Never throws for anything that the runner does.
     */
    public Outcome call(GatewayRequest request, RouteConf route) {
        if (Method.number(request.method()).isEmpty()) {
            // APISIX's Lua fails while it encodes the request: no runner is asked, no degradation helps.
            return new Outcome.Failed(500, "no number for method " + request.method());
        }
        try {
            Action action = tries(route, Plugin.PRE_REQ, (connection, token) -> {
                connection.send(Messages.httpReqCall(nextId(), token, request));
                return switch (converse(connection, request, null)) {
                    case RunnerMessage.Decided(long _, Action decided) -> decided;
                    case RunnerMessage other -> throw unexpected(Frame.HTTP_REQ_CALL, other);
                };
            });
            return Changes.apply(request, action);
        } catch (RunnerFailedException e) {
            return route.allowDegradation()
                    ? Outcome.Continue.unchanged(request, true)
                    : new Outcome.Failed(503, e.reason());
        }
    }

    /**
     * Asks the runner about an upstream's response, as ext-plugin-post-resp does.
     *
     * @return what the client gets: {@link Outcome.Stop} or {@link Outcome.Failed}
     */
    public Outcome callResponse(GatewayRequest request, UpstreamResponse response, RouteConf route) {
        try {
            RunnerMessage.ResponseDecided answer = tries(route, Plugin.POST_RESP, (connection, token) -> {
                connection.send(Messages.httpRespCall(nextId(), token, response));
                return switch (converse(connection, request, response)) {
                    case RunnerMessage.ResponseDecided decided -> decided;
                    case RunnerMessage other -> throw unexpected(Frame.HTTP_RESP_CALL, other);
                };
            });
            return Changes.apply(response, answer);
        } catch (RunnerFailedException e) {
            return route.allowDegradation() ? Changes.degraded(response) : new Outcome.Failed(503, e.reason());
        }
    }

    /** Returns how many connections were opened so far. */
    public long connectionsOpened() {
        return connections.opened();
    }

    /** Returns how many connections are idle. */
    public int connectionsIdle() {
        return connections.idle();
    }

    void forgetTokens() {
        remembered.flush();
    }

    void close() {
        connections.close();
    }

    private <T> T tries(RouteConf route, Plugin plugin, Exchange<T> exchange) throws RunnerFailedException {
        for (int tries = 1; ; tries++) {
            try {
                return onConnection(connection -> exchange.run(connection, token(route, plugin)));
            } catch (RunnerFailedException e) {
                if (!e.tokenUnknown() || tries == MAX_TRIES) {
                    throw e;
                }
                shared.flush();
                remembered.flush();
            }
        }
    }

    private long token(RouteConf route, Plugin plugin) throws RunnerFailedException {
        String cacheKey = route.cacheKey(plugin);
        OptionalLong known = remembered.find(cacheKey, route.version());
        if (known.isPresent()) {
            return known.getAsLong();
        }
        // The connection is taken before the shared tokens are read, while the request's own connection waits.
        long token = onConnection(connection -> prepared(connection, route, plugin));
        remembered.remember(cacheKey, route.version(), token);
        return token;
    }

    private long prepared(WireChannel connection, RouteConf route, Plugin plugin)
            throws IOException, RunnerFailedException, InterruptedException {
        String key = route.key(plugin);
        OptionalLong known = shared.find(key);
        if (known.isPresent()) {
            return known.getAsLong();
        }
        if (!shared.tryLock()) {
            throw new RunnerFailedException("failed to acquire the lock: timeout");
        }
        try {
            OptionalLong meanwhile = shared.find(key);
            if (meanwhile.isPresent()) {
                return meanwhile.getAsLong();
            }
            connection.send(Messages.prepareConf(key, route.conf()));
            return switch (receive(connection, Frame.PREPARE_CONF)) {
                case RunnerMessage.Prepared(long token) -> {
                    shared.store(key, token);
                    yield token;
                }
                case RunnerMessage other -> throw unexpected(Frame.PREPARE_CONF, other);
            };
        } finally {
            shared.unlock();
        }
    }

    /** Answers the runner's questions until it has decided. */
    private static RunnerMessage converse(
            WireChannel connection, GatewayRequest request, @Nullable UpstreamResponse response)
            throws IOException, RunnerFailedException {
        int type = response == null ? Frame.HTTP_REQ_CALL : Frame.HTTP_RESP_CALL;
        while (true) {
            RunnerMessage answer = receive(connection, type);
            if (!(answer instanceof InfoWanted wanted)) {
                return answer;
            }
            connection.send(Messages.extraInfo(info(wanted, request, response)));
        }
    }

    private static @Nullable Body info(InfoWanted wanted, GatewayRequest request, @Nullable UpstreamResponse response) {
        return switch (wanted) {
            case InfoWanted.Variable(String name) -> {
                String value = request.variableValue(name);
                yield value == null ? null : Body.of(value);
            }
            case InfoWanted.RequestBody() -> request.body().isEmpty() ? null : request.body();
            case InfoWanted.ResponseBody() -> response == null ? null : response.body();
        };
    }

    private static RunnerMessage receive(WireChannel connection, int asked) throws IOException, RunnerFailedException {
        RunnerMessage answer = RunnerMessages.decode(connection.receive());
        if (answer instanceof RunnerMessage.Failure failure) {
            throw new RunnerFailedException(
                    "failed to receive " + name(asked) + ": " + failure.message(),
                    failure.code() == RunnerMessage.Failure.CONF_TOKEN_NOT_FOUND);
        }
        return answer;
    }

    /** Returns the connection to the pool after success, and closes it otherwise. */
    private <T> T onConnection(Conversation<T> conversation) throws RunnerFailedException {
        WireChannel connection;
        try {
            connection = connections.take();
        } catch (IOException e) {
            throw new RunnerFailedException("failed to connect to the unix socket " + socket + ": " + e.getMessage());
        }
        boolean done = false;
        try {
            T result = conversation.run(connection);
            done = true;
            return result;
        } catch (IOException e) {
            throw new RunnerFailedException("failed to talk to the runner: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunnerFailedException("interrupted");
        } finally {
            if (done) {
                connections.giveBack(connection);
            } else {
                connection.close();
            }
        }
    }

    /** Returns the next id. Ids repeat after 2^22 requests; the bits above hold the worker's number. */
    private long nextId() {
        int mask = (1 << ID_BITS) - 1;
        return ((long) index << ID_BITS) + (count.getAndIncrement() & mask);
    }

    private static RunnerFailedException unexpected(int asked, RunnerMessage answer) {
        return new RunnerFailedException("failed to receive " + name(asked) + ": unexpected "
                + answer.getClass().getSimpleName());
    }

    private static String name(int type) {
        return switch (type) {
            case Frame.PREPARE_CONF -> "RPC_PREPARE_CONF";
            case Frame.HTTP_REQ_CALL -> "RPC_HTTP_REQ_CALL";
            case Frame.HTTP_RESP_CALL -> "RPC_HTTP_RESP_CALL";
            default -> "type " + type;
        };
    }

    private interface Conversation<T> {
        T run(WireChannel connection) throws IOException, RunnerFailedException, InterruptedException;
    }

    private interface Exchange<T> {
        T run(WireChannel connection, long token) throws IOException, RunnerFailedException;
    }
}
