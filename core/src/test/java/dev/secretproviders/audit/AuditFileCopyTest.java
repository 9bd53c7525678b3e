package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.sink.AuditSettings;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies of records as lines of a file. */
@Timeout(60)
class AuditFileCopyTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path temp;

    private AuditFixture fixture;
    private Path file;

    @BeforeEach
    void open() throws Exception {
        fixture = new AuditFixture(temp.resolve("store"));
        file = temp.resolve("audit.jsonl");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void linesAreTheRecordsByteByByte() throws Exception {
        AuditLog log = fixture.copying(copies());
        log.record(event("p1"));
        log.record(AuditEvent.failed(EventCode.LOGIN, Actor.RUNNER, "\u00e4\u20ac", "no"));

        awaitLines(file, 2);

        assertThat(Files.readString(file))
                .isEqualTo(text(fixture.storedRecord(1)) + "\n" + text(fixture.storedRecord(2)) + "\n");
    }

    @Test
    void newFileIsForItsOwnerOnly() throws Exception {
        fixture.copying(copies()).record(event("p1"));

        awaitLines(file, 1);

        assertThat(permissions()).isEqualTo("rw-------");
    }

    @Test
    void fileThatIsThereKeepsItsContentAndItsMode() throws Exception {
        Files.writeString(file, "before\n");
        var _ = Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        fixture.copying(copies()).record(event("p1"));
        awaitLines(file, 2);

        assertThat(Files.readAllLines(file).getFirst()).isEqualTo("before");
        assertThat(permissions()).isEqualTo("rw-r-----");
    }

    @Test
    void rotatedFileIsLeftAndANewOneBegun() throws Exception {
        AuditLog log = fixture.copying(copies());
        log.record(event("p1"));
        awaitLines(file, 1);
        Path rotated = temp.resolve("audit.jsonl.1");
        var _ = Files.move(file, rotated);

        log.record(event("p2"));
        awaitLines(file, 1);

        assertThat(Files.readString(file)).isEqualTo(text(fixture.storedRecord(2)) + "\n");
        assertThat(Files.readString(rotated)).isEqualTo(text(fixture.storedRecord(1)) + "\n");
        assertThat(permissions()).isEqualTo("rw-------");
    }

    @Test
    void fileCutToNothingIsWrittenFromItsBeginning() throws Exception {
        AuditLog log = fixture.copying(copies());
        log.record(event("p1"));
        awaitLines(file, 1);
        Files.writeString(file, "");

        log.record(event("p2"));
        awaitLines(file, 1);

        assertThat(Files.readString(file)).isEqualTo(text(fixture.storedRecord(2)) + "\n");
    }

    @Test
    void fileThatCannotBeWrittenRefusesNothingAndGetsEverythingLater() throws Exception {
        Path directory = temp.resolve("missing");
        file = directory.resolve("audit.jsonl");
        AuditCopies copies = copies();
        AuditLog log = fixture.copying(copies);

        log.record(event("p1"));
        log.record(event("p2"));
        await().atMost(SOON).until(() -> copies.failures() > 0);
        assertThat(fixture.records()).hasSize(2);
        var _ = Files.createDirectory(directory);

        awaitLines(file, 2);
        assertThat(copies.lost()).isZero();
    }

    @Test
    void recordWhoseTransactionHadNoAnswerIsCopiedOnce() throws Exception {
        FaultyStore store = new FaultyStore(fixture.store);
        AuditLog log = fixture.open(store, Duration.ZERO, copies(), 10);
        store.after = FaultyStore.FAILURE;
        assertThatThrownBy(() -> log.record(event("made"))).isInstanceOf(StoreException.class);
        store.after = FaultyStore.NONE;
        log.record(event("next"));

        awaitLines(file, 2);

        assertThat(Files.readString(file))
                .isEqualTo(text(fixture.storedRecord(1)) + "\n" + text(fixture.storedRecord(2)) + "\n");
    }

    @Test
    void closingWritesWhatWaits() throws Exception {
        AuditLog log = fixture.copying(copies());
        List<String> lines = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
            log.record(event("p" + i));
            lines.add(text(fixture.storedRecord(i)));
        }
        log.close();

        assertThat(Files.readAllLines(file)).isEqualTo(lines);
    }

    private AuditCopies copies() {
        return AuditCopies.to(new AuditSettings(Duration.ZERO, file, null, null).copies());
    }

    private String permissions() throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static void awaitLines(Path file, int lines) {
        await().atMost(SOON)
                .until(() -> Files.exists(file) && Files.readAllLines(file).size() == lines);
    }
}
