package dev.secretproviders.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalSecretsConcurrencyTest {
    private static final int WRITERS = 4;
    private static final int WRITES = 15;

    @TempDir
    private Path temp;

    /** The lost update: two callers read, both change a field, and the second write must not undo the first. */
    @Test
    void writersWhoMeetDoNotLoseEachOthersChanges() throws Exception {
        try (LocalFixture local =
                        new LocalFixture(EmbeddedStore.open(temp.resolve("store"), Duration.ofSeconds(5)), Map.of());
                ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            local.put("jack", Map.of("common", "x"));
            List<Future<?>> running = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                String name = "writer" + writer;
                running.add(writers.submit(() -> {
                    for (int write = 0; write < WRITES; write++) {
                        local.secrets.patch(
                                "test",
                                "jack",
                                LocalFixture.secrets(Map.of(name + "-" + write, "x")),
                                Set.of(),
                                new Expiry.Kept(),
                                LocalFixture.ANYHOW);
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }

            SecretMetadata.Version current =
                    local.secrets.metadata("test", "jack").current();
            assertThat(current.version()).isEqualTo(1 + WRITERS * WRITES);
            assertThat(current.fields()).hasSize(1 + WRITERS * WRITES);
        }
    }
}
