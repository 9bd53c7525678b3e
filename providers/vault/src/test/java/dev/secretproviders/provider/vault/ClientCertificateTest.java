package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.TestCertificate;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that accepts only clients with a known certificate; a development OpenBao cannot be set up that way. */
final class ClientCertificateTest {
    @TempDir
    private Path temp;

    private HttpsServer server;

    @BeforeEach
    void create() throws Exception {
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void certificateIsShownToTheServer(String algorithm) throws Exception {
        TestCertificate own = TestCertificate.create(temp, "server", "EC");
        TestCertificate client = TestCertificate.create(temp, "client", algorithm);
        serve(own.serverContext(client));
        // Two authorities in one file: the driver's own reader would read only the first.
        Path authorities = Files.writeString(temp.resolve("ca.pem"), client.certificatePem() + own.certificatePem());
        Map<String, String> shown = new HashMap<>(client.fields(temp));
        shown.put("ca_file", authorities.toString());

        try (SecretProvider known = provider(shown);
                SecretProvider unknown = provider(Map.of("ca_file", authorities.toString()))) {
            assertThat(ProviderContract.value(known, "$secret://vault/test/jack/key"))
                    .isEqualTo("one");
            assertThatThrownBy(() -> ProviderContract.value(unknown, "$secret://vault/test/jack/key"))
                    .isInstanceOfSatisfying(
                            ProviderException.class,
                            e -> assertThat(e.kind()).isEqualTo(ProviderException.Kind.UNAVAILABLE));
        }
    }

    private SecretProvider provider(Map<String, String> tls) {
        return TestProviders.create(
                new VaultProviderFactory(),
                Map.of(
                        "uri", "https://127.0.0.1:" + server.getAddress().getPort(),
                        "token", "t",
                        "kv_version", "kv-v1",
                        "prefix", "kv",
                        "tls", tls));
    }

    private void serve(SSLContext context) {
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                var sslParameters = getSSLContext().getDefaultSSLParameters();
                sslParameters.setNeedClientAuth(true);
                parameters.setSSLParameters(sslParameters);
            }
        });
        server.createContext("/", exchange -> {
            boolean lookup = exchange.getRequestURI().getPath().endsWith("/lookup-self");
            byte[] body = (lookup
                            ? "{\"data\": {\"ttl\": 0, \"renewable\": false, \"policies\": []}}"
                            : "{\"data\": {\"key\": \"one\"}}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
