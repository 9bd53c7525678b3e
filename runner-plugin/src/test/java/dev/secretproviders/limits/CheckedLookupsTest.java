package dev.secretproviders.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.spi.InetAddressResolver;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The managers' libraries connect only to checked addresses. The tests call each library without a check before. */
final class CheckedLookupsTest {
    private static final Outbound ELSEWHERE = new Outbound(list("198.51.100.0/24"), true);

    /** The name of this machine. The runtime resolves {@code localhost} without a lookup that could be checked. */
    private String name;

    private Outbound here;

    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer server;
    private URI address;

    @BeforeEach
    void start() throws Exception {
        InetAddress self = InetAddress.getLocalHost();
        name = self.getHostName();
        here = new Outbound(list(name), true);
        server = HttpServer.create(new InetSocketAddress(self, 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        address = URI.create("http://" + name + ":" + server.getAddress().getPort() + "/");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void runtimeLooksNamesUpHere() {
        assertThat(CheckedLookups.installed()).isTrue();
    }

    @Test
    void httpUrlConnectionGetsNoOtherAddress() throws Exception {
        assertThatThrownBy(() -> ELSEWHERE.guarding(this::byUrlConnection))
                // The JDK drops the reason.
                .isInstanceOf(UnknownHostException.class);
        assertThat(requests).hasValue(0);
        assertThat(here.guarding(this::byUrlConnection)).isEqualTo(204);
        assertThat(byUrlConnection())
                .as("no result is cached for other threads")
                .isEqualTo(204);
    }

    @Test
    void httpClientOfTheRuntimeGetsNoOtherAddress() throws Exception {
        assertThatThrownBy(() -> byHttpClient(ELSEWHERE)).hasRootCauseInstanceOf(UnresolvedAddressException.class);
        assertThat(requests).hasValue(0);
        assertThat(byHttpClient(here)).isEqualTo(204);
    }

    @Test
    void okHttpGetsNoOtherAddress() throws Exception {
        assertThatThrownBy(() -> byOkHttp(ELSEWHERE)).isInstanceOf(RefusedDestinationException.class);
        assertThat(requests).hasValue(0);
        assertThat(byOkHttp(here)).isEqualTo(204);
    }

    @Test
    void nameThatLeadsElsewhereAfterTheCheckIsRefused() throws Exception {
        AtomicReference<String> answer = new AtomicReference<>("10.0.0.1");
        InetAddressResolver lookups = CheckedLookups.over(answering(answer), Duration.ZERO);
        Outbound outbound = new Outbound(list("10.0.0.0/8"), true);
        assertThat(look(lookups, outbound)).containsExactly(InetAddress.ofLiteral("10.0.0.1"));

        answer.set("192.168.0.1");
        assertThatThrownBy(() -> look(lookups, outbound))
                .isInstanceOf(RefusedDestinationException.class)
                .hasMessageContaining("rebinding.example (192.168.0.1)");
        answer.set("169.254.169.254");
        assertThatThrownBy(() -> look(lookups, new Outbound(Destinations.DEFAULT, true)))
                .isInstanceOf(RefusedDestinationException.class)
                .hasMessageContaining("metadata");
        assertThat(lookups.lookupByName("rebinding.example", InetAddressResolver.LookupPolicy.of(1)))
                .as("no check applies to this thread")
                .containsExactly(InetAddress.ofLiteral("169.254.169.254"));
    }

    @Test
    void ofSeveralAddressesOnlyThoseAllowedAreHandedOut() throws Exception {
        InetAddressResolver lookups =
                CheckedLookups.over(answering(new AtomicReference<>("192.168.0.1 10.0.0.7")), Duration.ofSeconds(30));

        assertThat(look(lookups, new Outbound(list("10.0.0.0/8"), true)))
                .containsExactly(InetAddress.ofLiteral("10.0.0.7"));
    }

    @Test
    void answerIsKeptForAllAndCheckedForEach() throws Exception {
        AtomicReference<String> answer = new AtomicReference<>("10.0.0.1");
        InetAddressResolver lookups = CheckedLookups.over(answering(answer), Duration.ofMinutes(1));
        assertThat(look(lookups, new Outbound(list("10.0.0.0/8"), true))).hasSize(1);
        answer.set("unknown");

        assertThat(look(lookups, new Outbound(list("rebinding.example"), true))).hasSize(1);
        assertThatThrownBy(() -> look(lookups, new Outbound(list("172.16.0.0/12"), true)))
                .isInstanceOf(RefusedDestinationException.class);
    }

    @Test
    void portOfAnEntryCountsWhereTheConnectionIsMade() throws Exception {
        Outbound outbound =
                new Outbound(list(InetAddress.getLocalHost().getHostAddress() + ":" + address.getPort()), true);
        assertThatCode(() -> outbound.check(address)).doesNotThrowAnyException();
        assertThatThrownBy(() -> outbound.check(URI.create("http://" + name + ":1/")))
                .isInstanceOf(RefusedDestinationException.class)
                .hasMessageContaining("port 1");
        assertThat(byHttpClient(outbound)).isEqualTo(204);
    }

    @Test
    void httpLeadsToThisMachineOnlyWhateverTheNameSays() throws Exception {
        InetAddressResolver lookups =
                CheckedLookups.over(answering(new AtomicReference<>("10.0.0.1")), Duration.ofSeconds(30));
        Outbound encrypted = new Outbound(Destinations.DEFAULT, false);
        URI clear = URI.create("http://rebinding.example");

        assertThatCode(() -> encrypted.check(URI.create("http://localhost:8200")))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> encrypted.check(URI.create("http://10.0.0.1:8200")))
                .isInstanceOf(RefusedDestinationException.class)
                .hasMessageContaining("tls.allow_plaintext: true");
        assertThatThrownBy(() -> encrypted.guarding(() -> {
                    // The name cannot be resolved here, but it shows where this thread connects to.
                    assertThatThrownBy(() -> encrypted.check(clear)).isInstanceOf(java.net.UnknownHostException.class);
                    return lookups.lookupByName(
                            "rebinding.example",
                            InetAddressResolver.LookupPolicy.of(InetAddressResolver.LookupPolicy.IPV4));
                }))
                .hasMessageContaining("tls.allow_plaintext: true");
    }

    @Test
    void proxyOfTheRuntimeIsADestination() throws Exception {
        InetSocketAddress proxy = server.getAddress();
        Outbound withProxy =
                new Outbound(list(name, proxy.getAddress().getHostAddress() + ":" + proxy.getPort()), true);
        ProxySelector before = ProxySelector.getDefault();
        ProxySelector.setDefault(ProxySelector.of(new InetSocketAddress("192.0.2.7", 3128)));
        try {
            assertThatThrownBy(() -> here.check(address))
                    .isInstanceOf(RefusedDestinationException.class)
                    .hasMessageContaining("proxy")
                    .hasMessageContaining("192.0.2.7, port 3128");
            assertThatThrownBy(
                            () -> new Outbound(Destinations.DEFAULT, false).check(URI.create("http://127.0.0.1:8200")))
                    .isInstanceOf(RefusedDestinationException.class)
                    .hasMessageContaining("tls.allow_plaintext: true");
            ProxySelector.setDefault(ProxySelector.of(proxy));
            assertThatCode(() -> withProxy.check(address)).doesNotThrowAnyException();
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    @Test
    void destinationThatCannotBeReadIsRefused() {
        assertThatThrownBy(() -> here.check(URI.create("http://a_b/token")))
                .isInstanceOf(RefusedDestinationException.class)
                .hasMessageContaining("no host");
    }

    @Test
    void metadataServiceIsOpenToWhomItIsMeantFor() throws Exception {
        Outbound google = new Outbound(Destinations.DEFAULT, false).withMetadata("metadata.google.internal");

        assertThatCode(() -> google.check(URI.create("http://metadata.google.internal/token")))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> google.check(URI.create("http://169.254.169.254/token")))
                .isInstanceOf(RefusedDestinationException.class);
    }

    private int byUrlConnection() throws java.io.IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        return connection.getResponseCode();
    }

    private int byHttpClient(Outbound outbound) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                HttpClient client = HttpClient.newBuilder()
                        .executor(outbound.guarding(threads, address))
                        .build()) {
            HttpRequest request = HttpRequest.newBuilder(address).build();
            return outbound.guarding(address, () -> client.sendAsync(request, BodyHandlers.discarding()))
                    .get()
                    .statusCode();
        }
    }

    private int byOkHttp(Outbound outbound) throws java.io.IOException {
        OkHttpClient client = new OkHttpClient.Builder()
                .dns(host -> outbound.lookUp(host, address))
                .build();
        try (var response = client.newCall(
                        new Request.Builder().url(address.toString()).build())
                .execute()) {
            return response.code();
        } finally {
            client.dispatcher().executorService().shutdown();
            client.connectionPool().evictAll();
        }
    }

    private static List<InetAddress> look(InetAddressResolver lookups, Outbound outbound) throws Exception {
        return outbound.guarding(() -> lookups.lookupByName(
                        "rebinding.example", InetAddressResolver.LookupPolicy.of(InetAddressResolver.LookupPolicy.IPV4))
                .toList());
    }

    private static InetAddressResolver answering(AtomicReference<String> answer) {
        return new InetAddressResolver() {
            @Override
            public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) {
                return Stream.of(answer.get().split(" ", -1)).map(InetAddress::ofLiteral);
            }

            @Override
            public String lookupByAddress(byte[] address) {
                return "unused";
            }
        };
    }

    private static Destinations list(String... entries) {
        return Destinations.read(Settings.root(Map.of("destinations", List.of(entries)), new Problems()));
    }
}
