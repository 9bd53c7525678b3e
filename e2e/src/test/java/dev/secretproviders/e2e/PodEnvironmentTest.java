package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;

/** What Kubernetes and its operators put into the environment of a pod, and libraries act upon by themselves. */
class PodEnvironmentTest {
    private static final String PROXY = "http://127.0.0.1:1";

    private static final Map<String, String> POD = Map.of(
            "KUBERNETES_SERVICE_HOST",
            "10.96.0.1",
            "KUBERNETES_SERVICE_PORT",
            "443",
            "HTTP_PROXY",
            PROXY,
            "http_proxy",
            PROXY);

    @TempDir
    Path directory;

    @IndependentTest
    void callerIsKnownByItsOwnAddressAndNoProxyIsAsked() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HttpServer manager = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        manager.createContext("/", exchange -> {
            asked.incrementAndGet();
            exchange.sendResponseHeaders(500, -1);
            exchange.close();
        });
        manager.start();
        try (RunnerProcess runner = RunnerProcess.start(directory, "consumers: {source: none}\n", POD);
                AdminClient admin = runner.admin();
                HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest forwarded = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + runner.managementPort() + "/admin/whoami"))
                    .header("X-API-KEY", "wrong")
                    .header("X-Forwarded-For", "203.0.113.7")
                    .build();
            assertThat(http.send(forwarded, BodyHandlers.discarding()).statusCode())
                    .isEqualTo(401);
            assertThat(admin.get("/admin/audit?action=login.failed")
                            .expect(200)
                            .json()
                            .path("list")
                            .findValuesAsString("ip_address"))
                    .isNotEmpty()
                    .containsOnly("127.0.0.1");

            admin.post("/admin/providers/aws/prod/test", """
                            {'value': {'endpoint_url': 'http://127.0.0.1:%d', 'access_key_id': 'id', 'secret_access_key': 'key'}}""".formatted(
                                    manager.getAddress().getPort()))
                    .expect(200);
            assertThat(asked).hasPositiveValue();
        } finally {
            manager.stop(0);
        }
    }
}
