package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.peers.NginxConnection.Header;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rotations of credentials of each kind under constant load, by the companion in four workers of nginx: no valid request
 * is refused, and none passes after its overlap.
 */
class CompanionRotationTest {
    private static final int ROTATIONS_OF_EACH = 5;
    private static final Duration OVERLAP = Duration.ofSeconds(2);
    /** A margin for a process that was not scheduled in time; test and runner use the same clock. */
    private static final Duration MARGIN = Duration.ofMillis(500);

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Decisions decisions = new Decisions();

    @Test
    void noValidRequestIsRefusedAndNoneAcceptedAfterItsOverlap(@TempDir Path place) throws Exception {
        RunnerProcess.consumers(place, "consumers: []");
        try (RunnerProcess runner = RunnerProcess.start(place, RunnerProcess.consumersFromFile(place), Map.of());
                AdminClient admin = runner.admin()) {
            admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '" + OVERLAP.toSeconds() + "s'}}")
                    .expect(201);
            List<RotatingSecret> secrets = new ArrayList<>();
            StringBuilder consumers = new StringBuilder("consumers:\n");
            for (PresentedKind kind : PresentedKind.values()) {
                String user = kind.user().replace("_", "");
                RotatingSecret secret = new RotatingSecret(
                        user,
                        kind,
                        "/routes/" + kind.user(),
                        OVERLAP,
                        MARGIN,
                        (name, value) -> write(admin, name, value));
                secrets.add(secret);
                consumers.append("  - username: %s%n    plugins: {%s}%n"
                        .formatted(user, secret.plugin("$secret://local/own/" + user + "/value")));
            }
            RunnerProcess.consumers(place, consumers.toString());
            try (CompanionGateway gateway =
                            CompanionGateway.start(place, CompanionGateway.apisix(consumers.toString()));
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (PresentedKind kind : PresentedKind.values()) {
                    gateway.nginx().route(kind.user(), kind.filter(), "{}");
                }
                rotateUnderLoad(gateway, secrets, threads);
                assertThat(gateway.nginx().log()).doesNotContain("the-secret-of-");
            }
            assertThat(runner.log()).doesNotContain("the-secret-of-");
        }
        assertThat(decisions.wrong()).as("wrong answers").isEmpty();
        assertThat(decisions.count(Decisions.Key.CURRENT)).isGreaterThan(1_000);
        assertThat(decisions.count(Decisions.Key.PREVIOUS)).isGreaterThan(100);
        assertThat(decisions.count(Decisions.Key.ENDED)).isPositive();
    }

    private static void write(AdminClient admin, String name, String value) {
        String body = "{'fields': {'value': '" + value.replace("\n", "\\n") + "'}}";
        assertThat(admin.put("/admin/secrets/own/" + name, body).status()).isIn(200, 201);
    }

    private void rotateUnderLoad(CompanionGateway gateway, List<RotatingSecret> secrets, ExecutorService threads)
            throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Future<?>> load = new ArrayList<>();
        List<Future<?>> rotations = new ArrayList<>();
        for (RotatingSecret secret : secrets) {
            try (NginxConnection connection = gateway.connection()) {
                secret.awaitAccepted(asking(connection), PATIENCE);
            }
        }
        for (NginxConnection worker : gateway.workers()) {
            load.add(threads.submit(() -> {
                while (!stop.get()) {
                    secrets.forEach(secret -> secret.use(asking(worker), decisions));
                }
            }));
        }
        for (RotatingSecret secret : secrets) {
            rotations.add(threads.submit(() -> {
                try (NginxConnection connection = gateway.connection()) {
                    for (int i = 0; i < ROTATIONS_OF_EACH; i++) {
                        secret.rotate(asking(connection), PATIENCE);
                    }
                }
                return null;
            }));
        }
        try {
            for (Future<?> each : rotations) {
                each.get();
            }
        } finally {
            stop.set(true);
        }
        for (Future<?> each : load) {
            each.get();
        }
    }

    private static RotatingSecret.Asking asking(NginxConnection connection) {
        return (_, request) -> {
            try {
                return connection.get(request.target(), headers(request)).status();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /** Returns the headers but for Host, which the connection sends itself. */
    private static List<Header> headers(GatewayRequest request) {
        return request.headers().stream()
                .filter(header -> !header.name().equalsIgnoreCase("host"))
                .map(header -> new Header(header.name(), Objects.requireNonNull(header.value())))
                .toList();
    }
}
