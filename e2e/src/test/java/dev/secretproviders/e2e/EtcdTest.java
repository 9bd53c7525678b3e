package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes that APISIX writes to etcd take effect in the runner within a second, also after a restart of etcd. */
class EtcdTest {
    private static final Duration A_SECOND = Duration.ofSeconds(1);

    @TempDir
    Path directory;

    @Test
    void consumersAndCredentialsAreFollowed() throws Exception {
        try (Etcd etcd = Etcd.start()) {
            etcd.put("/apisix/consumers/jack", "{\"username\":\"jack\",\"plugins\":{}}");
            String yaml = """
                    consumers:
                      source: etcd
                      etcd: {endpoints: ["%s"]}
                    """.formatted(etcd.endpoint());
            try (RunnerProcess runner =
                    RunnerProcess.start(directory, yaml, Map.of("KEY_OF_JACK", "the-key-of-jack"))) {
                assertThat(runner.statusFor("the-key-of-jack")).isEqualTo(401);

                etcd.put(
                        "/apisix/consumers/jack/credentials/one",
                        "{\"id\":\"one\",\"plugins\":{\"key-auth\":{\"key\":\"$env://KEY_OF_JACK\"}}}");
                await().atMost(A_SECOND).until(() -> runner.statusFor("the-key-of-jack") == 200);

                etcd.stop();
                assertThat(runner.statusFor("the-key-of-jack")).isEqualTo(200);
                etcd.startAgain();

                etcd.delete("/apisix/consumers/jack/credentials/one");
                runner.awaitStatus(401, "the-key-of-jack");
            }
        }
    }
}
