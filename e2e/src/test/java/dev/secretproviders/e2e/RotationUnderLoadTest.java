package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 100 rotations in OpenBao and 100 in moto under constant load of old and new credentials of each kind, as in
 * hand-overs: no valid request is refused, none passes after its overlap, and each rotation is counted.
 */
class RotationUnderLoadTest {
    private static final String TARGET = "/orders";
    /** Two of each kind of credential, in each manager. */
    private static final int SECRETS = 10;

    private static final int ROTATIONS_OF_EACH = 10;
    private static final int LOAD_CONNECTIONS = 3;
    private static final Duration OVERLAP = Duration.ofSeconds(2);
    /** A margin for a process that was not scheduled in time; test and runner use the same clock. */
    private static final Duration MARGIN = Duration.ofMillis(250);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    @TempDir
    Path directory;

    private final Decisions decisions = new Decisions();

    @Test
    void noValidRequestIsRefusedNoneAcceptedAfterItsOverlapAndEachRotationIsCounted() throws Exception {
        try (OpenBao bao = OpenBao.start();
                Moto moto = Moto.start()) {
            bao.enableKv("kv", 2);
            List<PresentedKind> kinds = List.of(PresentedKind.values());
            List<RotatingSecret> all = new ArrayList<>();
            StringBuilder consumers = new StringBuilder("consumers:\n");
            for (int i = 0; i < SECRETS; i++) {
                PresentedKind kind = kinds.get(i % kinds.size());
                RotatingSecret inBao = new RotatingSecret("bao" + i, kind, TARGET, OVERLAP, MARGIN, (name, key) -> {
                    synchronized (bao) {
                        bao.kvPut("kv", 2, "apisix/" + name, Map.of("key", key));
                    }
                });
                moto.createSecret("moto" + i, "{}");
                RotatingSecret inMoto = new RotatingSecret("moto" + i, kind, TARGET, OVERLAP, MARGIN, (name, key) -> {
                    synchronized (moto) {
                        moto.putSecretValue(name, "{\"key\":\"" + key.replace("\n", "\\n") + "\"}");
                    }
                });
                all.add(inBao);
                all.add(inMoto);
                consumers.append(consumer(inBao, "$secret://vault/prod/"));
                consumers.append(consumer(inMoto, "$secret://aws/main/"));
            }
            RunnerProcess.consumers(directory, consumers.toString());
            String yaml = RunnerProcess.consumersFromFile(directory)
                    + """
                    providers:
                      vault:
                        prod:
                          uri: %s
                          prefix: kv/apisix
                          token: $env://TOKEN_OF_TEST
                          cache: {ttl: 1s}
                          rotation: {overlap: %ds}
                      aws:
                        main:
                          endpoint_url: %s
                          access_key_id: test
                          secret_access_key: $env://AWS_SECRET_OF_TEST
                          cache: {ttl: 1s}
                          rotation: {overlap: %ds}
                    """.formatted(bao.uri(), OVERLAP.toSeconds(), moto.uri(), OVERLAP.toSeconds());
            Map<String, String> environment =
                    Map.of("TOKEN_OF_TEST", bao.rootToken(), "AWS_SECRET_OF_TEST", "secret-of-test");
            try (RunnerProcess runner =
                            RunnerProcess.start(directory, yaml, environment, RunnerCommand.asDocumented());
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                try (RunnerClient client = runner.client()) {
                    for (RotatingSecret secret : all) {
                        secret.awaitAccepted(RotatingSecret.Asking.of(client), LONGEST_WAIT);
                    }
                }
                AtomicBoolean stop = new AtomicBoolean();
                List<Future<?>> load = new ArrayList<>();
                for (int i = 0; i < LOAD_CONNECTIONS; i++) {
                    load.add(threads.submit(() -> load(runner, all, stop)));
                }
                List<Future<?>> rotators = new ArrayList<>();
                for (RotatingSecret secret : all) {
                    rotators.add(threads.submit(() -> {
                        rotate(runner, secret);
                        return null;
                    }));
                }
                for (Future<?> rotator : rotators) {
                    rotator.get();
                }
                stop.set(true);
                for (Future<?> loading : load) {
                    loading.get();
                }

                assertThat(decisions.wrong()).as("wrong answers").isEmpty();
                assertThat(decisions.count(Decisions.Key.CURRENT))
                        .as("requests with a current key")
                        .isGreaterThan(10_000);
                assertThat(decisions.count(Decisions.Key.PREVIOUS))
                        .as("requests with a previous key within its overlap")
                        .isGreaterThan(5_000);
                assertThat(decisions.count(Decisions.Key.ENDED))
                        .as("requests with a key after its overlap")
                        .isGreaterThan(500);
                for (String provider : List.of("vault/prod", "aws/main")) {
                    assertThat(runner.metric("secret_providers_rotations_total", provider))
                            .as(provider)
                            .isEqualTo(SECRETS * ROTATIONS_OF_EACH);
                }
                assertThat(runner.metric("secret_providers_decisions_total", "accepted_previous"))
                        .isPositive();
            }
        }
    }

    private static String consumer(RotatingSecret secret, String place) {
        return "  - username: %s%n    plugins: {%s}%n"
                .formatted(secret.name(), secret.plugin(place + secret.name() + "/key"));
    }

    private static void rotate(RunnerProcess runner, RotatingSecret secret) throws InterruptedException {
        try (RunnerClient client = runner.client()) {
            for (int i = 0; i < ROTATIONS_OF_EACH; i++) {
                secret.rotate(RotatingSecret.Asking.of(client), LONGEST_WAIT);
            }
        }
    }

    private void load(RunnerProcess runner, List<RotatingSecret> all, AtomicBoolean stop) {
        try (RunnerClient client = runner.client()) {
            while (!stop.get()) {
                all.forEach(secret -> secret.use(RotatingSecret.Asking.of(client), decisions));
            }
        }
    }
}
