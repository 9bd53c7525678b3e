package dev.secretproviders.store.etcd;

import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.EnvironmentSecret;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.common.exception.EtcdException;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        for (String endpoint : endpoints) {
            if (!endpoint.matches("https?://[^/@?#]+")) {
                settings.problem(
                        "endpoints", "expected addresses such as http://127.0.0.1:2379, without path and user");
            }
        }
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

    /** Returns null for endpoints without TLS: with no context, the client speaks plain text whatever the address says. */
    private static @Nullable SslContext tls(Settings settings, List<String> endpoints) {
        boolean https = endpoints.stream().anyMatch(endpoint -> endpoint.startsWith("https:"));
        if (https && !endpoints.stream().allMatch(endpoint -> endpoint.startsWith("https:"))) {
            settings.problem("endpoints", "write all of them with https, or none");
        }
        Settings tls = settings.section("tls");
        Path authority = tls.readableFile("ca_file");
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
                .connectTimeout(timeout)
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
