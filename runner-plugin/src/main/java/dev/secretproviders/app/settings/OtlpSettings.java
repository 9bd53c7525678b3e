package dev.secretproviders.app.settings;

import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.sink.PeerAddress;
import dev.secretproviders.sink.PeerTls;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.EnvironmentSecret;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A collector that takes OTLP over HTTP (protobuf).
 *
 * @param endpoint its address without {@code /v1/...}
 * @param headers what each request carries, such as a token
 * @param timeout the time limit of one request
 * @param tls whom to trust, and our certificate
 */
public record OtlpSettings(URI endpoint, Map<String, Secret> headers, Duration timeout, TlsSettings tls) {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

    public OtlpSettings {
        headers = Map.copyOf(headers);
    }

    /**
     * Reads the section {@code otlp} of another one; null if there is none, or if it has a problem, which goes to it.
     *
     * @param environment where {@code $env://NAME} is looked up
     */
    static @Nullable OtlpSettings read(Settings above, Map<String, String> environment) {
        if (!above.has("otlp")) {
            return null;
        }
        Settings section = above.section("otlp");
        URI endpoint = PeerAddress.read(section, "endpoint");
        if (endpoint != null && endpoint.getPath().matches("(?s).*/v1/(?:logs|traces|metrics)")) {
            section.problem("endpoint", "expected an address without /v1/..., such as https://collector.example:4318");
            endpoint = null;
        }
        Settings written = section.section("headers");
        Map<String, Secret> headers = new TreeMap<>();
        for (String name : written.names()) {
            Secret value = EnvironmentSecret.read(written, name, environment);
            if (!HEADER.matcher(name).matches() || value == null || !isPrintable(value)) {
                written.problem(name, "expected the name of a header, and a value of one line");
            } else {
                headers.put(name, value);
            }
        }
        Duration timeout = section.duration("timeout", TIMEOUT, SHORTEST);
        if (timeout.compareTo(LONGEST) > 0) {
            section.problem("timeout", "expected at most " + LONGEST.toSeconds() + "s");
        }
        TlsSettings tls = PeerTls.read(section.section("tls"));
        return endpoint == null ? null : new OtlpSettings(endpoint, headers, timeout, tls);
    }

    private static boolean isPrintable(Secret value) {
        return value.use(bytes -> {
            for (byte b : bytes) {
                if (b < ' ' || b > '~') {
                    return false;
                }
            }
            return bytes.length > 0;
        });
    }
}
