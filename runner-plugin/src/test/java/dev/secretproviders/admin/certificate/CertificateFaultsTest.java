package dev.secretproviders.admin.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.apisix.AdminApiClient;
import dev.secretproviders.certificate.CertificateSettings;
import dev.secretproviders.certificate.GatewaySsls;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.certificate.TestCertificates.Issued;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.FaultProxy;
import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.spi.Secret;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * Faults between OpenBao, the runner and the gateway. At every moment the gateway has a whole certificate with its own
 * key, which was in force before or is the new one. What is delivered during a fault is in force after it. No private
 * key is in what the runner says and keeps.
 */
class CertificateFaultsTest {
    /** Longer than the time to live and the interval, so that each fault is met. */
    private static final Duration FAULT = Duration.ofMillis(1_500);

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static OpenBao bao;

    @TempDir
    private Path directory;

    private final ApisixAdminApi gateway = ApisixAdminApi.start();
    private final FaultProxy toGateway = FaultProxy.before(gateway.uri());
    private final Queue<Issued> made = new ConcurrentLinkedQueue<>();
    private AdminFixture admin;

    /** A fault of the way to a server. */
    enum Fault {
        REFUSED(FaultProxy::refuse),
        SILENT(FaultProxy::blackHole),
        CUT_OFF(proxy -> proxy.cutAfter(20)),
        ERROR(proxy -> proxy.answer(500, "{}")),
        FORBIDDEN(proxy -> proxy.answer(403, "{\"error_msg\": \"no\"}")),
        DAMAGED(proxy -> proxy.answer(200, "{\"data\": {"));

        @SuppressWarnings("ImmutableEnumChecker") // The actions have no state.
        private final Consumer<FaultProxy> begin;

        Fault(Consumer<FaultProxy> begin) {
            this.begin = begin;
        }
    }

    /** What a manager may hold by mistake. */
    enum Mistake {
        KEY_OF_ANOTHER,
        HALF_OF_A_ROTATION,
        EXPIRED,
        NOT_YET_VALID,
        WEAK_KEY,
        OTHER_NAME,
        NO_PEM,
        EMPTY,
        DELETED
    }

    @BeforeAll
    static void startBao() {
        bao = OpenBao.start();
    }

    @AfterAll
    static void stopBao() {
        bao.close();
    }

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(
                directory,
                new CertificateSettings(
                        Duration.ofMillis(200),
                        Duration.ofDays(21),
                        new GatewaySsls(new AdminApiClient(
                                HttpClient.newHttpClient(),
                                toGateway.uri(),
                                Secret.ofUtf8(ApisixAdminApi.KEY),
                                Duration.ofMillis(500))),
                        ""));
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
        toGateway.close();
        gateway.close();
    }

    /** A certificate with a provider and a name of its own. It is in force when this is made. */
    private final class Delivery implements AutoCloseable {
        private final String id;
        private final String name;
        private final FaultProxy toBao = FaultProxy.before(bao.uri());
        private final Queue<Issued> delivered = new ConcurrentLinkedQueue<>();
        private final Issued first;

        Delivery(String row) {
            this.id = row.toLowerCase(Locale.ROOT).replace('_', '-');
            this.name = id + ".example.com";
            this.first = good();
            deliver(first);
            admin.put(
                            "/admin/providers/vault/" + id,
                            "{'uri': '" + toBao.uri() + "', 'prefix': 'secret', 'token': '" + bao.rootToken()
                                    + "', 'timeout': '500ms', 'cache': {'ttl': '1s', 'negative_ttl': '1s'}}")
                    .expect(201);
            admin.put(
                            "/admin/certificates/" + id,
                            ("{'snis': ['%1$s'], 'certificate': '$secret://vault/%2$s/%2$s/crt',"
                                            + " 'key': '$secret://vault/%2$s/%2$s/key'}")
                                    .formatted(name, id))
                    .expect(201);
            becomesInForce(first);
        }

        Issued good() {
            return remember(TestCertificates.good(name));
        }

        Issued remember(Issued issued) {
            delivered.add(issued);
            made.add(issued);
            return issued;
        }

        void deliver(Issued issued) {
            deliver(issued.pem(), issued.key());
        }

        void deliver(String certificate, String key) {
            synchronized (bao) {
                int _ = bao.kvPut("secret", 2, id, Map.of("crt", certificate, "key", key));
            }
        }

        void delete() {
            synchronized (bao) {
                bao.kvDelete("secret", 2, id);
            }
        }

        /** Returns whether the gateway has this certificate. Fails if it has none, or one with the key of another. */
        boolean isInForce(Issued wanted) {
            JsonNode ssl = gateway.object("ssls", id);
            assertThat(delivered)
                    .as("the gateway's certificate has its own key")
                    .anyMatch(issued -> issued.pem().equals(ssl.path("cert").asString())
                            && issued.key().equals(ssl.path("key").asString()));
            return wanted.pem().equals(ssl.path("cert").asString());
        }

        String state() {
            return admin.get("/admin/certificates/" + id)
                    .expect(200)
                    .json()
                    .path("value")
                    .path("status")
                    .path("state")
                    .asString();
        }

        /** Waits; the first certificate is in force all the time. */
        void whileTheFirstStays(Callable<Boolean> until) {
            await(id).atMost(PATIENCE).until(() -> {
                assertThat(isInForce(first)).isTrue();
                return until.call();
            });
        }

        void forAWhile() {
            long end = System.nanoTime() + FAULT.toNanos();
            whileTheFirstStays(() -> System.nanoTime() - end > 0);
        }

        void becomesInForce(Issued next) {
            await(id).atMost(PATIENCE).until(() -> isInForce(next));
            await(id).atMost(PATIENCE).until(() -> state().equals("in_force"));
        }

        void isAFinding(String kind) {
            assertThat(admin.get("/admin/findings?kind=" + kind).expect(200).text())
                    .contains("certificates/" + id);
        }

        @Override
        public void close() {
            toBao.close();
        }
    }

    /** A row of the table. */
    @FunctionalInterface
    private interface Row {
        void run(Delivery delivery);
    }

    private <T extends Enum<T>> void all(Class<T> rows, Function<T, Row> row) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> going = Arrays.stream(rows.getEnumConstants())
                    .<Future<?>>map(one -> threads.submit(() -> {
                        try (Delivery delivery = new Delivery(one.name())) {
                            row.apply(one).run(delivery);
                        }
                    }))
                    .toList();
            for (Future<?> each : going) {
                each.get();
            }
        }
        noKeyIsAnywhere();
    }

    @Test
    void managerThatFailsKeepsWhatIsInForceAndTheNextComesAfterIt() throws Exception {
        all(Fault.class, fault -> delivery -> {
            fault.begin.accept(delivery.toBao);
            Issued second = delivery.good();
            delivery.deliver(second);
            delivery.forAWhile();
            // Something else deletes the object meanwhile: what the runner knows is written again.
            gateway.remove("ssls", delivery.id);
            await().atMost(PATIENCE).until(() -> gateway.stored("ssls", delivery.id) != null);
            delivery.forAWhile();
            delivery.toBao.forward();
            delivery.becomesInForce(second);
        });
    }

    @Test
    void whatCannotBeUsedLeavesWhatIsInForce() throws Exception {
        all(Mistake.class, mistake -> delivery -> {
            Issued second = delivery.good();
            make(mistake, delivery, second);
            delivery.whileTheFirstStays(() -> delivery.state().equals("refused"));
            delivery.forAWhile();
            delivery.isAFinding("certificate_refused");
            delivery.deliver(second);
            delivery.becomesInForce(second);
        });
    }

    private static void make(Mistake mistake, Delivery delivery, Issued second) {
        Instant now = Instant.now();
        TestCertificates server = TestCertificates.server(delivery.name);
        switch (mistake) {
            case KEY_OF_ANOTHER ->
                delivery.deliver(delivery.first.pem(), delivery.good().key());
            case HALF_OF_A_ROTATION -> delivery.deliver(second.pem(), delivery.first.key());
            case EXPIRED ->
                delivery.deliver(
                        delivery.remember(server.valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)))
                                .make()));
            case NOT_YET_VALID ->
                delivery.deliver(
                        delivery.remember(server.valid(now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(9)))
                                .make()));
            case WEAK_KEY -> delivery.deliver(delivery.remember(server.rsa(1024).make()));
            case OTHER_NAME -> delivery.deliver(delivery.remember(TestCertificates.good("other.example.org")));
            case NO_PEM -> delivery.deliver("a certificate", "a key");
            case EMPTY -> delivery.deliver("", "");
            case DELETED -> delivery.delete();
        }
    }

    @ParameterizedTest
    @EnumSource
    void gatewayThatFailsKeepsWhatItHasAndTheNextComesAfterIt(Fault fault) throws Exception {
        try (Delivery delivery = new Delivery("shop")) {
            fault.begin.accept(toGateway);
            Issued second = delivery.good();
            delivery.deliver(second);
            delivery.whileTheFirstStays(() -> delivery.state().equals("not_written"));
            delivery.isAFinding("certificate_not_written");
            toGateway.forward();
            delivery.becomesInForce(second);
        }
        noKeyIsAnywhere();
    }

    @Test
    void certificateThatIsRotatedAgainAndAgainIsAlwaysWhole() throws Exception {
        try (Delivery delivery = new Delivery("shop")) {
            for (int i = 0; i < 5; i++) {
                Issued next = delivery.good();
                delivery.deliver(next);
                admin.post("/admin/refresh", "{'provider': 'vault/shop'}").expect(202);
                delivery.becomesInForce(next);
            }
            assertThat(gateway.writes()).isEqualTo(6);
        }
        noKeyIsAnywhere();
    }

    private void noKeyIsAnywhere() throws Exception {
        List<String> said = new ArrayList<>();
        for (String path : List.of(
                "/admin/certificates",
                "/admin/findings",
                "/admin/references",
                "/admin/providers",
                "/admin/audit?page_size=500")) {
            said.add(admin.get(path).expect(200).text());
        }
        admin.raw.list("").entries().forEach(entry -> said.add(new String(entry.value(), StandardCharsets.ISO_8859_1)));
        assertThat(made).isNotEmpty();
        assertThat(made.stream()
                        .filter(issued -> said.stream().anyMatch(text -> text.contains(issued.canary())))
                        .map(issued -> issued.certificate().getSerialNumber()))
                .isEmpty();
    }
}
