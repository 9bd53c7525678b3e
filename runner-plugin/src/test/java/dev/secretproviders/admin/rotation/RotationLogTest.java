package dev.secretproviders.admin.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.secretproviders.admin.rotation.Rotation.Known;
import dev.secretproviders.admin.rotation.Rotation.Place;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RotationLogTest {
    private static final ProviderId VAULT = new ProviderId("vault", "prod");
    private static final String UNNAMED = "content-0123456789abcdef";

    @TempDir
    private Path directory;

    private Store store;
    private AuditLog audit;
    private Instant now = Instant.now();
    private RotationLog log;

    @BeforeEach
    void open() throws Exception {
        store = EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO);
        audit = TestAudit.open(store);
        log = new RotationLog(audit, () -> now);
    }

    @AfterEach
    void close() {
        log.close();
        audit.close();
        store.close();
    }

    private void record(String object, @Nullable String from, @Nullable String to, String message)
            throws StoreException {
        audit.record(AuditEvent.done(EventCode.ROTATION, Actor.RUNNER, object)
                .changing(version(from), version(to))
                .withMessage(message));
    }

    private static @Nullable ObjectNode version(@Nullable String name) {
        return name == null ? null : JsonMapper.shared().createObjectNode().put("version", name);
    }

    @Test
    void latestRotationIsFirst() {
        log.rotated(VAULT, "jack", "1", "2");
        now = now.plusSeconds(1);
        log.rotated(VAULT, "rose", UNNAMED, UNNAMED);

        assertThat(log.all()).extracting(rotation -> rotation.secret().path()).containsExactly("rose", "jack");
        assertThat(log.all().getFirst().fromName()).isNull();
        assertThat(log.all().getLast().fromName()).isEqualTo("1");
    }

    @Test
    void onlyTheLastOnesAreKept() {
        for (int i = 0; i <= RotationLog.MOST; i++) {
            log.rotated(VAULT, "jack", "" + i, "" + (i + 1));
        }

        assertThat(log.all()).hasSize(RotationLog.MOST);
        assertThat(log.all().getLast().fromName()).isEqualTo("1");
    }

    @Test
    void rotationsOfEarlierRunnersComeFromTheAuditLog() throws StoreException {
        record("vault/prod/a/jack", "1", "2", "from version 1 to 2");
        record("vault/prod/old", null, null, "from version 3 to 4");
        record("vault/prod/unnamed", null, null, "from version (unnamed) to (unnamed)");
        record("nothing", null, null, "from version 1 to 2");
        audit.record(AuditEvent.done(EventCode.REFRESH, Actor.RUNNER, "vault/prod/x"));
        assertThat(log.complete()).isFalse();

        log.read();

        assertThat(log.complete()).isTrue();
        assertThat(log.all())
                .extracting(Rotation::secret, Rotation::from, Rotation::to, Rotation::known)
                .containsExactlyInAnyOrder(
                        tuple(new Place(VAULT, "a/jack"), "1", "2", Known.AUDIT_LOG),
                        tuple(new Place(VAULT, "old"), "3", "4", Known.AUDIT_LOG),
                        tuple(new Place(VAULT, "unnamed"), null, null, Known.AUDIT_LOG));
    }

    @Test
    void rotationThatSeveralRunnersRecordedIsOne() throws StoreException {
        log.rotated(VAULT, "jack", "1", "2");
        record("vault/prod/jack", "1", "2", "from version 1 to 2");
        record("vault/prod/jack", "1", "2", "from version 1 to 2");
        record("vault/prod/jack", "2", "3", "from version 2 to 3");

        log.read();

        assertThat(log.all())
                .extracting(Rotation::toName, Rotation::known)
                .containsExactlyInAnyOrder(tuple("3", Known.AUDIT_LOG), tuple("2", Known.SEEN));
    }

    @Test
    void rotationsSinceATimeAreCountedForTheProvidersInScope() {
        log.rotated(VAULT, "jack", "1", "2");
        Instant later = now.plusSeconds(10);
        now = later;
        log.rotated(VAULT, "jack", "2", "3");
        log.rotated(new ProviderId("vault", "other"), "jack", "2", "3");

        assertThat(log.since(later, VAULT::equals)).isEqualTo(1);
        assertThat(log.since(later, provider -> true)).isEqualTo(2);
    }
}
