package dev.secretproviders.apisix;

import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.EnvironmentSecret;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Reads a section of the configuration that says where an Admin API is. */
public final class AdminApiSettings {
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    /** What a client gets whose address is a problem. It is never used. */
    private static final URI NOWHERE = URI.create("http://127.0.0.1");

    private static final Pattern ADDRESS =
            Pattern.compile("https?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?");

    private AdminApiSettings() {}

    /**
     * Makes a client from the fields {@code uri}, {@code admin_key}, {@code timeout} and {@code tls.ca_file}. Problems go
     * to the section; if there are any, the caller closes the client unused. No I/O but to the file.
     */
    public static AdminApiClient read(Settings settings, Map<String, String> environment) {
        URI uri = settings.httpUri("uri");
        if (uri == null && !settings.has("uri")) {
            settings.problem("uri", "is required, for example http://127.0.0.1:9180");
        }
        return clients(settings, List.of(Objects.requireNonNullElse(uri, NOWHERE)), environment)
                .getFirst();
    }

    /** As {@link #read}, with a list {@code addresses} in place of {@code uri}: a client for each, in the same order. */
    public static List<AdminApiClient> readAll(Settings settings, Map<String, String> environment) {
        List<String> addresses = settings.texts("addresses");
        if (addresses.isEmpty()) {
            settings.problem("addresses", "is required, for example [http://127.0.0.1:9180]");
        }
        Set<URI> uris = new LinkedHashSet<>();
        for (String address : addresses) {
            String text = address.strip().replaceAll("/+$", "");
            if (!ADDRESS.matcher(text).matches()) {
                // A wrong one may hold a password.
                settings.problem(
                        "addresses", "expected addresses such as http://127.0.0.1:9180, without path and user");
            } else if (!uris.add(URI.create(text))) {
                settings.problem("addresses", "'" + text + "' is written twice; remove one of them");
            }
        }
        return clients(settings, uris.isEmpty() ? List.of(NOWHERE) : List.copyOf(uris), environment);
    }

    private static List<AdminApiClient> clients(Settings settings, List<URI> uris, Map<String, String> environment) {
        Secret adminKey = EnvironmentSecret.read(settings, "admin_key", environment);
        if (adminKey == null) {
            settings.problem("admin_key", "is required; write a reference such as $env://APISIX_ADMIN_KEY");
        }
        Duration timeout = settings.duration("timeout", TIMEOUT, SHORTEST);
        HttpClient.Builder http = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout);
        Settings tls = settings.section("tls");
        Path authority = tls.trustFile("ca_file");
        if (authority != null) {
            SSLContext context = trusting(tls, authority);
            if (context != null) {
                http.sslContext(context);
            }
        }
        try (Secret key = Objects.requireNonNullElseGet(adminKey, () -> Secret.ofUtf8(""))) {
            return uris.stream()
                    .map(uri -> new AdminApiClient(http.build(), uri, Secret.ofUtf8(key.reveal()), timeout))
                    .toList();
        }
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
