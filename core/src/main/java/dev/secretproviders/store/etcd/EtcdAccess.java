package dev.secretproviders.store.etcd;

import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.EnvironmentSecret;
import dev.secretproviders.timing.Backoff;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.common.exception.ErrorCode;
import io.etcd.jetcd.common.exception.EtcdException;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address, credentials and TLS settings of an etcd, from its section of the configuration.
 *
 * @param endpoints addresses without credentials, such as {@code http://127.0.0.1:2379}
 * @param prefix what all keys start with, without a slash at the end
 * @param login null to send none
 * @param tls null for plain text
 * @param timeout how long to wait for an answer
 */
public record EtcdAccess(
        List<String> endpoints,
        String prefix,
        @Nullable Login login,
        @Nullable SslContext tls,
        Duration timeout) {
    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(100);
    /** A page of large values is more than the usual 4 MiB. */
    private static final int LARGEST_ANSWER = 512 << 20;

    private static final Pattern ADDRESS = Pattern.compile("https?://[^/@?#\\s]+?(:(?<port>\\d+))?");
    private static final int LAST_PORT = 65_535;
    private static final int USUAL_PORT = 2379;
    /** Together with a pause, less than the time within which the return of etcd has to be noticed. */
    private static final Duration LONGEST_CONNECT = Duration.ofSeconds(1);

    private static final Backoff KNOCKS = new Backoff(Duration.ofMillis(100), Duration.ofMillis(500));

    /** The user that the runner logs in as. */
    public record Login(String username, Secret password) {}

    /**
     * Reads the section; problems go to it.
     *
     * @param usualPrefix the prefix if none is configured
     * @param environment where {@code $env://NAME} is looked up
     */
    public static EtcdAccess read(Settings settings, String usualPrefix, Map<String, String> environment) {
        List<String> endpoints = settings.texts("endpoints");
        if (endpoints.isEmpty()) {
            settings.problem("endpoints", "is required, for example [http://127.0.0.1:2379]");
        }
        endpoints.forEach(endpoint -> check(endpoint, settings));
        String prefix = settings.text("prefix", usualPrefix).replaceAll("/+$", "");
        if (!prefix.startsWith("/")) {
            settings.problem("prefix", "must start with a slash, as " + usualPrefix);
        }
        Duration timeout = settings.duration("timeout", Duration.ofSeconds(5), SHORTEST_TIMEOUT);
        String username = settings.optionalText("username");
        Secret password = EnvironmentSecret.read(settings, "password", environment);
        if ((username == null) != (password == null)) {
            settings.problem(username == null ? "username" : "password", "username and password go together");
        }
        Login login = username == null || password == null ? null : new Login(username, password);
        return new EtcdAccess(endpoints, prefix, login, tls(settings, endpoints), timeout);
    }

    private static void check(String endpoint, Settings settings) {
        Matcher address = ADDRESS.matcher(endpoint);
        if (!address.matches()) {
            settings.problem("endpoints", "expected addresses such as http://127.0.0.1:2379, without path and user");
            return;
        }
        String port = address.group("port");
        if (port != null && !isPort(port)) {
            settings.problem("endpoints", "'" + endpoint + "' has no valid port; write a port from 1 to 65535");
        }
    }

    private static boolean isPort(String digits) {
        try {
            int port = Integer.parseInt(digits);
            return port >= 1 && port <= LAST_PORT;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** Returns null for endpoints without TLS: with no context, the client speaks plain text whatever the address says. */
    private static @Nullable SslContext tls(Settings settings, List<String> endpoints) {
        boolean https = endpoints.stream().anyMatch(endpoint -> endpoint.startsWith("https:"));
        if (https && !endpoints.stream().allMatch(endpoint -> endpoint.startsWith("https:"))) {
            settings.problem("endpoints", "write all of them with https, or none");
        }
        Settings tls = settings.section("tls");
        Path authority = tls.trustFile("ca_file");
        Path certificate = tls.readableFile("cert_file");
        Path key = tls.readableFile("key_file");
        if ((certificate == null) != (key == null)) {
            tls.problem(certificate == null ? "cert_file" : "key_file", "cert_file and key_file go together");
            return null;
        }
        if (!https) {
            if (authority != null || certificate != null) {
                tls.problem("", "is of no use while endpoints are written with http; write https");
            }
            return null;
        }
        // Netty loads the FIPS module when it reads a key. In another mode, the runner would refuse to start.
        FipsModule.chooseMode();
        try {
            SslContextBuilder builder = GrpcSslContexts.forClient();
            if (authority != null) {
                builder.trustManager(authority.toFile());
            }
            if (certificate != null && key != null) {
                builder.keyManager(certificate.toFile(), key.toFile());
            }
            return builder.build();
        } catch (IOException | IllegalArgumentException e) {
            tls.problem("", "the certificates or the key cannot be used; PEM files are needed, the key in PKCS#8");
            return null;
        }
    }

    /** Makes a client; it connects when it is used. */
    public Client connect() {
        ClientBuilder builder = Client.builder()
                .endpoints(endpoints.toArray(String[]::new))
                .connectTimeout(timeout.compareTo(LONGEST_CONNECT) < 0 ? timeout : LONGEST_CONNECT)
                .keepaliveTime(Duration.ofSeconds(10))
                .keepaliveTimeout(Duration.ofSeconds(5))
                .keepaliveWithoutCalls(true)
                .retryMaxDuration(timeout)
                .maxInboundMessageSize(LARGEST_ANSWER);
        if (login != null) {
            builder.user(ByteSequence.from(login.username(), StandardCharsets.UTF_8))
                    .password(ByteSequence.from(login.password().reveal(), StandardCharsets.UTF_8));
        }
        return (tls == null ? builder : builder.sslContext(tls)).build();
    }

    /** Waits until an endpoint accepts connections. */
    public void awaitReachable() throws InterruptedException {
        for (int tries = 1; !isReachable(); tries++) {
            Thread.sleep(KNOCKS.pause(tries));
        }
    }

    /** Knocks at all endpoints at once; one that accepts is enough. */
    private boolean isReachable() throws InterruptedException {
        ExecutorService knocking = Executors.newVirtualThreadPerTaskExecutor();
        try {
            return knocking.invokeAny(endpoints.stream()
                    .map(endpoint -> (Callable<Boolean>) () -> knock(endpoint))
                    .toList());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException) {
                return false;
            }
            throw new IllegalStateException("an endpoint of etcd cannot be tried", e.getCause());
        } finally {
            // Not close(), which would wait for the look-up of a name that another endpoint has.
            knocking.shutdownNow();
        }
    }

    private static boolean knock(String endpoint) throws IOException {
        URI address = URI.create(endpoint);
        if (address.getHost() != null) {
            int port = address.getPort() < 0 ? USUAL_PORT : address.getPort();
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address.getHost(), port), (int) LONGEST_CONNECT.toMillis());
            }
        }
        return true;
    }

    /**
     * Tells whether a failure means that etcd could not be reached, so that a new client may help. An etcd that refuses
     * would refuse a new client, too.
     */
    public static boolean isAway(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            boolean unavailable = cause instanceof EtcdException etcd
                    ? etcd.getErrorCode() == ErrorCode.UNAVAILABLE
                    : Status.fromThrowable(cause).getCode() == Status.Code.UNAVAILABLE;
            if (unavailable || cause instanceof TimeoutException) {
                return true;
            }
        }
        return false;
    }

    /** Names the kind of failure; messages of gRPC are left out, since they may quote what was sent. */
    public static String describe(@Nullable Throwable failure) {
        List<String> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && causes.size() < 3; cause = cause.getCause()) {
            if (cause instanceof EtcdException etcd) {
                return etcd.getErrorCode().name();
            }
            Status.Code code = Status.fromThrowable(cause).getCode();
            if (code != Status.Code.UNKNOWN) {
                return code.name();
            }
            causes.add(cause.getClass().getSimpleName());
        }
        return String.join(" caused by ", causes);
    }
}
