package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.Secret;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.reference.SecretReference;
import dev.secretproviders.settings.Settings;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Makes the source of consumers that the section {@code consumers} of the configuration asks for. */
public final class ConsumerSources {
    private static final List<String> KINDS = List.of("none", "etcd", "admin-api", "file");

    private final Map<String, String> environment;
    private final KeyDigester digester;

    private ConsumerSources(Map<String, String> environment, KeyDigester digester) {
        this.environment = environment;
        this.digester = digester;
    }

    /**
     * Creates the source; no network I/O yet. Problems go to {@code consumers}; if there are any, the caller closes the source
     * unused.
     *
     * @param digester digests the keys that stand in the gateway's configuration
     */
    public static ConsumerSource create(Settings consumers, KeyDigester digester) {
        return create(consumers, digester, System.getenv());
    }

    static ConsumerSource create(Settings consumers, KeyDigester digester, Map<String, String> environment) {
        return new ConsumerSources(environment, digester).create(consumers);
    }

    private ConsumerSource create(Settings consumers) {
        String kind = consumers.choice("source", KINDS);
        KINDS.forEach(consumers::has);
        return switch (kind) {
            case "etcd" -> etcd(consumers.section("etcd"));
            case "admin-api" -> adminApi(consumers.section("admin-api"));
            case "file" -> file(consumers.section("file"));
            default -> new NoConsumerSource();
        };
    }

    private ConsumerSource file(Settings settings) {
        String path = settings.text("path");
        return new FileConsumerSource(Path.of(path), new ConsumerTable(digester, null), environment);
    }

    private ConsumerSource adminApi(Settings settings) {
        URI uri = settings.httpUri("uri");
        if (uri == null && !settings.has("uri")) {
            settings.problem("uri", "is required, for example http://127.0.0.1:9180");
        }
        Secret adminKey = secret(settings, "admin_key");
        if (adminKey == null) {
            settings.problem("admin_key", "is required; write a reference such as $env://APISIX_ADMIN_KEY");
        }
        Duration interval = settings.duration("interval", Duration.ofSeconds(5));
        if (interval.compareTo(Duration.ofMillis(100)) < 0) {
            settings.problem("interval", "expected at least 100ms");
        }
        Duration timeout = timeout(settings);
        HttpClient.Builder http = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout);
        Settings tls = settings.section("tls");
        Path authority = readable(tls, "ca_file");
        if (authority != null) {
            SSLContext context = trusting(tls, authority);
            if (context != null) {
                http.sslContext(context);
            }
        }
        return new AdminApiConsumerSource(
                http.build(),
                Objects.requireNonNullElse(uri, URI.create("http://127.0.0.1")),
                Objects.requireNonNullElseGet(adminKey, () -> Secret.ofUtf8("")),
                interval,
                timeout,
                new ConsumerTable(digester, null));
    }

    private ConsumerSource etcd(Settings settings) {
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
        String prefix = settings.text("prefix", "/apisix").replaceAll("/+$", "");
        if (!prefix.startsWith("/")) {
            settings.problem("prefix", "must start with a slash, as /apisix");
        }
        Duration timeout = timeout(settings);
        String username = settings.optionalText("username");
        Secret password = secret(settings, "password");
        if ((username == null) != (password == null)) {
            settings.problem(username == null ? "username" : "password", "username and password go together");
        }
        Keyring keyring = keyring(settings.section("data_encryption"));
        SslContext tls = etcdTls(settings, endpoints);
        return new EtcdConsumerSource(
                () -> {
                    ClientBuilder builder = Client.builder()
                            .endpoints(endpoints.toArray(String[]::new))
                            .connectTimeout(timeout)
                            .keepaliveTime(Duration.ofSeconds(10))
                            .keepaliveTimeout(Duration.ofSeconds(5))
                            .keepaliveWithoutCalls(true)
                            .retryMaxDuration(timeout);
                    if (username != null && password != null) {
                        builder.user(EtcdConsumerSource.bytes(username))
                                .password(EtcdConsumerSource.bytes(password.reveal()));
                    }
                    return (tls == null ? builder : builder.sslContext(tls)).build();
                },
                prefix,
                timeout,
                new ConsumerTable(digester, keyring));
    }

    private static Duration timeout(Settings settings) {
        Duration usual = Duration.ofSeconds(5);
        Duration timeout = settings.duration("timeout", usual);
        if (timeout.compareTo(Duration.ofMillis(100)) < 0) {
            settings.problem("timeout", "expected at least 100ms");
            return usual;
        }
        return timeout;
    }

    private static @Nullable Keyring keyring(Settings settings) {
        List<String> keys = settings.texts("keyring");
        boolean enabled = settings.flag("enabled", true);
        if (!keys.stream().allMatch(Keyring::isKey)) {
            settings.problem("keyring", "expected keys of 16 or 32 bytes, the ones of apisix.data_encryption.keyring");
        }
        return enabled ? new Keyring(keys.isEmpty() ? Keyring.DEFAULT_KEYS : keys) : null;
    }

    /** Returns null for endpoints without TLS: with no context, the client speaks plain text whatever the address says. */
    private static @Nullable SslContext etcdTls(Settings settings, List<String> endpoints) {
        boolean https = endpoints.stream().anyMatch(endpoint -> endpoint.startsWith("https:"));
        if (https && !endpoints.stream().allMatch(endpoint -> endpoint.startsWith("https:"))) {
            settings.problem("endpoints", "write all of them with https, or none");
        }
        Settings tls = settings.section("tls");
        Path authority = readable(tls, "ca_file");
        Path certificate = readable(tls, "cert_file");
        Path key = readable(tls, "key_file");
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

    private static @Nullable Path readable(Settings settings, String name) {
        String text = settings.optionalText(name);
        if (text == null) {
            return null;
        }
        Path path = Path.of(text);
        if (!Files.isReadable(path)) {
            settings.problem(name, "there is no readable file '" + text + "'");
            return null;
        }
        return path;
    }

    private static @Nullable SSLContext trusting(Settings tls, Path authority) {
        try (InputStream in = Files.newInputStream(authority)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            tls.problem("ca_file", "is not a PEM file with certificates");
            return null;
        }
    }

    /** Returns a field that holds a secret: a literal, or a reference to the environment. */
    private @Nullable Secret secret(Settings settings, String name) {
        String text = settings.optionalText(name);
        if (text == null || !SecretReference.isReference(text)) {
            return text == null ? null : Secret.ofUtf8(text);
        }
        SecretReference reference;
        try {
            reference = SecretReference.parse(text);
        } catch (IllegalArgumentException e) {
            settings.problem(name, String.valueOf(e.getMessage()));
            return Secret.ofUtf8("");
        }
        String value = reference.provider().equals(ProviderId.ENVIRONMENT) ? environment.get(reference.path()) : null;
        if (value == null) {
            settings.problem(name, "expected $env://NAME of a variable that is set");
            return Secret.ofUtf8("");
        }
        return Secret.ofUtf8(value);
    }
}
