package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.audit.Verification.Intact;
import dev.secretproviders.store.Transaction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads of several runners append to one chain. */
@Timeout(120)
class ChainWritersTest extends WithAuditLog {
    private static final int THREADS_OF_EACH = 4;
    private static final int CHANGES_OF_EACH = 25;

    @Test
    void twoRunnersWriteOneChainWithoutAGap() throws Exception {
        List<Callable<Void>> writers = new ArrayList<>();
        for (AuditLog runner : List.of(fixture.log, fixture.another())) {
            for (int thread = 0; thread < THREADS_OF_EACH; thread++) {
                String name = "t" + writers.size();
                writers.add(() -> write(runner, name));
            }
        }
        all(writers);

        int expected = 2 * THREADS_OF_EACH * CHANGES_OF_EACH;
        assertThat(fixture.log.verify()).isEqualTo(new Intact(expected, 1, expected));
        List<AuditRecord> records = fixture.records();
        assertThat(records)
                .extracting(AuditRecord::id)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, expected).boxed().toList());
        assertThat(records).extracting(AuditRecord::object).doesNotHaveDuplicates();
        assertThat(fixture.store.list("change/").entries()).hasSize(expected);
    }

    private static Void write(AuditLog runner, String name) throws Exception {
        for (int i = 0; i < CHANGES_OF_EACH; i++) {
            String key = "change/" + name + "-" + i;
            Transaction change = Transaction.EMPTY.expecting(key, 0).put(key, key.getBytes(StandardCharsets.UTF_8));
            var _ = runner.commit(change, event(key));
        }
        return null;
    }

    @Test
    void verificationBesideWritersAndRetirementFindsNothing() throws Exception {
        fixture.record(150);
        fixture.at(fixture.now().plus(Duration.ofDays(2)));
        AuditLog retiring = fixture.retaining(Duration.ofDays(1));
        List<Verification> seen = new ArrayList<>();

        all(List.of(
                () -> write(fixture.another(), "a"),
                () -> write(fixture.another(), "b"),
                () -> {
                    assertThat(retiring.retire()).isEqualTo(150);
                    return null;
                },
                () -> {
                    for (int i = 0; i < 20; i++) {
                        seen.add(fixture.log.verify());
                    }
                    return null;
                }));

        assertThat(seen).allSatisfy(each -> assertThat(each).isInstanceOf(Intact.class));
        assertThat(fixture.log.verify()).isInstanceOf(Intact.class);
    }

    private static void all(List<Callable<Void>> tasks) throws Exception {
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            for (Future<Void> done : threads.invokeAll(tasks)) {
                var _ = done.get();
            }
        }
    }
}
