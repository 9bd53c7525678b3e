package dev.secretproviders.app.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Consumers outlive the process that read them, for a runner with the same keyring, for a limited time. */
@ExtendWith(OutputCaptureExtension.class)
final class ConsumerFileTest {
    private static final Duration MAX_AGE = Duration.ofHours(24);
    private static final String CANARY = "c4n4ry-key-of-jack";

    @TempDir
    private Path directory;

    private final Sealer sealer = sealer();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private static Sealer sealer() {
        return new Sealer(MasterKeyring.of(RandomSecrets.bytes(32)));
    }

    @BeforeAll
    static void loadTheModule() {
        FipsModule.load();
    }

    private Path path() {
        return directory.resolve("consumers");
    }

    private ConsumerFile file(Sealer with) {
        return new ConsumerFile(path(), with, MAX_AGE, () -> now);
    }

    private void keep() {
        file(sealer).keep(CANARY.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void nextProcessReadsThemAndNobodyElse() throws IOException {
        assertThat(file(sealer).kept()).isNull();
        keep();

        assertThat(new String(Objects.requireNonNull(file(sealer).kept()), StandardCharsets.UTF_8))
                .isEqualTo(CANARY);
        assertThat(new String(Files.readAllBytes(path()), StandardCharsets.ISO_8859_1))
                .doesNotContain("c4n4ry");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo("rw-------");
    }

    @Test
    void anotherKeyringAndAChangedFileAreRefused(CapturedOutput output) throws IOException {
        keep();
        assertThat(file(sealer()).kept()).isNull();

        byte[] bytes = Files.readAllBytes(path());
        bytes[bytes.length - 1] ^= 1;
        Files.write(path(), bytes);
        assertThat(file(sealer).kept()).isNull();
        assertThat(output).contains("are not used").doesNotContain("c4n4ry");
    }

    @Test
    void fileThatOthersCanReadIsRefused(CapturedOutput output) throws IOException {
        keep();
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(file(sealer).kept()).isNull();
        assertThat(output).contains("chmod 600");
    }

    @Test
    void consumersThatWereInForceTooLongAgoAreNotUsed(CapturedOutput output) throws IOException {
        keep();
        now = now.plus(MAX_AGE);
        assertThat(file(sealer).kept()).isNotNull();
        now = now.plusSeconds(1);
        assertThat(file(sealer).kept()).isNull();
        assertThat(output).contains("last-known-good.max-age");
    }

    @Test
    void readThatFailsIsSaidOnceAndMayBeTriedAgain(CapturedOutput output) throws IOException {
        keep();
        ConsumerFile file = file(sealer);
        Path inTheWay =
                Files.createDirectories(directory.resolve("consumers.next-1").resolve("in-the-way"));
        assertThatThrownBy(file::kept).isInstanceOf(IOException.class);
        assertThatThrownBy(file::kept).isInstanceOf(IOException.class);

        Files.delete(inTheWay);
        assertThat(file.kept()).isNotNull();
        assertThat(output.toString().split("cannot be read now", -1)).hasSize(2);
    }

    @Test
    void timeOfTheFileIsRenewedWhileTheyAreInForce() {
        ConsumerFile file = file(sealer);
        assertThat(file.isDue()).as("nothing was kept by this process").isTrue();
        file.keep(new byte[] {1});
        assertThat(file.isDue()).isFalse();
        now = now.plus(Duration.ofMinutes(10));
        assertThat(file.isDue()).isTrue();
    }

    @Test
    void directoryThatCannotBeWrittenIsSaidOnceAndTriedAgain(CapturedOutput output) throws IOException {
        Files.writeString(directory.resolve("file"), "");
        ConsumerFile file =
                new ConsumerFile(directory.resolve("file").resolve("consumers"), sealer, MAX_AGE, () -> now);

        file.keep(new byte[] {1});
        assertThat(file.isDue()).isFalse();
        now = now.plusSeconds(10);
        assertThat(file.isDue()).isTrue();
        file.keep(new byte[] {1});

        assertThat(output.toString().split("cannot be kept", -1)).hasSize(2);
    }
}
