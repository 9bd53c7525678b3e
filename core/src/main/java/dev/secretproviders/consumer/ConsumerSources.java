package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.EnvironmentSecret;
import dev.secretproviders.store.etcd.EtcdAccess;
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

/** Creates the source that the section {@code consumers} of the configuration selects. */
public final class ConsumerSources {
    private static final List<String> KINDS = List.of("none", "etcd", "admin-api", "file");
    private static final Duration SHORTEST = Duration.ofMillis(100);

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
     * @param digester digests the literal keys of the gateway's configuration
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
        return new FileConsumerSource(Path.of(path), new GatewayTable(digester, null), environment);
    }

    private ConsumerSource adminApi(Settings settings) {
        URI uri = settings.httpUri("uri");
        if (uri == null && !settings.has("uri")) {
            settings.problem("uri", "is required, for example http://127.0.0.1:9180");
        }
        Secret adminKey = EnvironmentSecret.read(settings, "admin_key", environment);
        if (adminKey == null) {
            settings.problem("admin_key", "is required; write a reference such as $env://APISIX_ADMIN_KEY");
        }
        Duration interval = settings.duration("interval", Duration.ofSeconds(5), SHORTEST);
        Duration timeout = settings.duration("timeout", Duration.ofSeconds(5), SHORTEST);
        HttpClient.Builder http = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout);
        Settings tls = settings.section("tls");
        Path authority = tls.readableFile("ca_file");
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
                new GatewayTable(digester, null));
    }

    private ConsumerSource etcd(Settings settings) {
        EtcdAccess etcd = EtcdAccess.read(settings, "/apisix", environment);
        return new EtcdConsumerSource(etcd, new GatewayTable(digester, keyring(settings.section("data_encryption"))));
    }

    private static @Nullable Keyring keyring(Settings settings) {
        List<String> keys = settings.texts("keyring");
        boolean enabled = settings.flag("enabled", true);
        if (!keys.stream().allMatch(Keyring::isKey)) {
            settings.problem("keyring", "expected keys of 16 or 32 bytes, the ones of apisix.data_encryption.keyring");
        }
        return enabled ? new Keyring(keys.isEmpty() ? Keyring.DEFAULT_KEYS : keys) : null;
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
}
