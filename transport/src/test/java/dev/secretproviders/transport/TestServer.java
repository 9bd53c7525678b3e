package dev.secretproviders.transport;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.Ruling;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.inject.InjectAnswer;
import dev.secretproviders.transport.companion.CredentialCall;
import dev.secretproviders.transport.companion.EventStream;
import dev.secretproviders.transport.companion.Verdicts;
import dev.secretproviders.transport.route.BuiltInFilter;
import dev.secretproviders.transport.route.InvalidFilterConfException;
import dev.secretproviders.transport.route.RouteId;
import dev.secretproviders.transport.route.TransportStats;
import dev.secretproviders.transport.socket.TransportOptions;
import dev.secretproviders.transport.wire.MalformedFrameException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.apache.apisix.plugin.runner.filter.PluginFilter;

/** A server on its own socket, with a built-in filter that knows the keys {@code key-0} to {@code key-999}. */
public final class TestServer implements AutoCloseable {
    public static final String KEYS = "keys";
    public static final Duration SOON = Duration.ofSeconds(5);
    /** A consumer whose uses are reported before the server knows any consumer. */
    public static final String TOO_EARLY = "too-early";

    static final Decision.Refuse NO_KEY = new Decision.Refuse(
            Reason.MISSING_KEY,
            401,
            List.of(new Header("WWW-Authenticate", "apikey realm=\"key\"")),
            "{\"message\":\"Missing API key in request\"}");
    private static final Decision.Refuse WRONG_KEY =
            new Decision.Refuse(Reason.INVALID_KEY, 401, NO_KEY.headers(), "{\"message\":\"Invalid API key\"}");
    private static final byte[] APIKEY = "apikey".getBytes(StandardCharsets.UTF_8);

    /** What answers calls about values; set by tests. */
    public static volatile BiFunction<String, String, InjectAnswer> values =
            (config, consumer) -> new InjectAnswer.Unavailable(Reason.INJECT_UNRESOLVED);

    /** What verdicts do that take long; set by tests. */
    public static volatile UnaryOperator<Verdict> later = UnaryOperator.identity();

    /** What companions reported, each credential with its uses. */
    public static final List<String> used = new CopyOnWriteArrayList<>();

    private final Path directory;
    private final UnixSocketServer server;

    private TestServer(Path directory, UnixSocketServer server) {
        this.directory = directory;
        this.server = server;
    }

    public static TestServer start(PluginFilter... hosted) {
        return start(UnaryOperator.identity(), hosted);
    }

    public static TestServer start(UnaryOperator<TransportOptions> options, PluginFilter... hosted) {
        return start(options, Ticker.systemTicker(), hosted);
    }

    static TestServer start(UnaryOperator<TransportOptions> options, Ticker ticker, PluginFilter... hosted) {
        return start(options, ticker, EventStream.Limits.DEFAULT, List.of(), hosted);
    }

    /** Starts a server with more built-in filters. */
    public static TestServer start(
            UnaryOperator<TransportOptions> options, List<BuiltInFilter> builtIns, PluginFilter... hosted) {
        return start(options, Ticker.systemTicker(), EventStream.Limits.DEFAULT, builtIns, hosted);
    }

    public static TestServer start(EventStream.Limits limits) {
        return start(UnaryOperator.identity(), Ticker.systemTicker(), limits, List.of());
    }

    /** Creates a server's socket and begins to answer on it. */
    public static void listen(UnixSocketServer server) throws IOException {
        server.bind(null);
        server.accept();
    }

    private static TestServer start(
            UnaryOperator<TransportOptions> options,
            Ticker ticker,
            EventStream.Limits limits,
            List<BuiltInFilter> builtIns,
            PluginFilter... hosted) {
        List<BuiltInFilter> all = new ArrayList<>(builtIns);
        all.add(new Keys());
        try {
            Path directory = Files.createTempDirectory("transport");
            UnixSocketServer server = new UnixSocketServer(
                    options.apply(TransportOptions.of(directory.resolve("runner.sock"))),
                    all,
                    Arrays.asList(hosted),
                    new KnownCredentials(),
                    ticker,
                    limits);
            listen(server);
            return new TestServer(directory, server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path socket() {
        return directory.resolve("runner.sock");
    }

    public Path eventSocket() {
        return directory.resolve("runner.sock.events");
    }

    /** Leaves a socket without a listener at the path of the event socket, as a killed runner does. */
    public static TransportOptions withStaleEventSocket(TransportOptions options) {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(options.socket() + ".events"));
            return options;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Creates a file at the path of the event socket. */
    public static TransportOptions withFileInPlaceOfTheEventSocket(TransportOptions options) {
        try {
            Files.createFile(Path.of(options.socket() + ".events"));
            return options;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public UnixSocketServer server() {
        return server;
    }

    public TransportStats stats() {
        return server.stats();
    }

    public RunnerClient gateway() {
        return RunnerClient.open(socket());
    }

    public RawConnection connect() throws IOException {
        return RawConnection.open(socket());
    }

    @Override
    public void close() {
        server.stop(Duration.ofSeconds(2));
        try {
            Files.deleteIfExists(socket());
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Accepts {@code key-N} as credential {@code c} of {@code user-N}, and {@code key-N-inline} for one second. */
    public static Verdict verdict(byte[] key, int length) {
        String text = new String(key, 0, length, StandardCharsets.UTF_8);
        Arrays.fill(key, 0, length, (byte) 0);
        if (text.equals("boom")) {
            throw new IllegalStateException("the key is " + text);
        }
        if (text.equals("early")) {
            return new Verdict.Unavailable(7);
        }
        if (!text.matches("key-\\d{1,3}(-inline)?")) {
            return new Verdict.Refused(7, Verdict.Reason.INVALID_KEY, OptionalLong.empty());
        }
        String user = text.replace("key", "user").replace("-inline", "");
        return text.endsWith("inline")
                ? new Verdict.Accepted(
                        7, new CredentialName(user, null, CredentialKind.KEY_AUTH), OptionalLong.of(1000), false)
                : new Verdict.Accepted(
                        7, new CredentialName(user, "c", CredentialKind.KEY_AUTH), OptionalLong.empty(), false);
    }

    /** Accepts each user whose password is {@code pass}, and leaves a password {@code later} to {@link #later}. */
    private static final class KnownCredentials implements Verdicts {
        @Override
        public Verdict of(byte[] key, int length) {
            return verdict(key, length);
        }

        @Override
        public InjectAnswer values(CredentialCall call) throws MalformedFrameException {
            if (call.kind() != CredentialCall.CONFIGURATION) {
                throw call.unknown();
            }
            String config = call.text();
            String consumer = call.text();
            call.end();
            return values.apply(config, consumer);
        }

        @Override
        public OptionalLong used(CredentialCall call) throws MalformedFrameException {
            int kind = call.kind();
            long count = 0;
            while (call.more()) {
                String line = kind + " " + call.number() + " " + call.text() + "/" + call.text();
                long current = call.number();
                long previous = call.number();
                if (line.contains(TOO_EARLY)) {
                    return OptionalLong.empty();
                }
                used.add(line + " " + current + " " + previous);
                count += current + previous;
            }
            return OptionalLong.of(count);
        }

        @Override
        public Ruling of(CredentialCall call) throws MalformedFrameException {
            if (call.credential() != CredentialKind.BASIC_AUTH) {
                throw call.unknown();
            }
            String user = call.text();
            String password = call.text();
            call.end();
            Verdict accepted = new Verdict.Accepted(
                    7, new CredentialName(user, null, CredentialKind.BASIC_AUTH), OptionalLong.empty(), true);
            return switch (password) {
                case "pass" -> accepted;
                case "boom" -> throw new IllegalStateException("the password is " + password);
                case "later" -> new Ruling.Later(() -> later.apply(accepted));
                default -> new Verdict.Refused(7, Verdict.Reason.INVALID_KEY, OptionalLong.empty());
            };
        }
    }

    /** Accepts {@code key-N} as consumer {@code user-N}. */
    private static final class Keys implements BuiltInFilter {
        @Override
        public String name() {
            return KEYS;
        }

        @Override
        public Prepared prepare(String value, RouteId route) throws InvalidFilterConfException {
            if (!value.equals("{}")) {
                throw new InvalidFilterConfException("expected {}");
            }
            return Keys::decide;
        }

        private static Decision decide(RequestView request) {
            long slice = request.header(APIKEY);
            if (slice == RequestView.ABSENT) {
                return NO_KEY;
            }
            String text = new String(
                    request.bytes(), RequestView.offset(slice), RequestView.length(slice), StandardCharsets.UTF_8);
            if (text.equals("boom")) {
                throw new IllegalStateException("the key is " + text);
            }
            if (text.equals("quiet")) {
                return new Decision.Changed(Reason.ANONYMOUS, "anonymous", List.of(), List.of());
            }
            if (text.equals("strip")) {
                return new Decision.Changed(
                        Reason.ACCEPTED, "user", List.of(new Header("apikey", null)), List.of("apikey"));
            }
            return text.matches("key-\\d{1,3}")
                    ? new Decision.Changed(
                            Reason.ACCEPTED,
                            "user",
                            List.of(new Header("X-Consumer-Username", text.replace("key", "user"))),
                            List.of())
                    : WRONG_KEY;
        }
    }
}
