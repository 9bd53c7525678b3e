package dev.secretproviders.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.resolve.value.HeldValue;
import dev.secretproviders.resolve.value.HeldValues;
import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.resolve.value.Part;
import dev.secretproviders.snapshot.Snapshot.Boot;
import dev.secretproviders.snapshot.Snapshot.SavedProvider;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.Transform;
import dev.secretproviders.validity.Validity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot is read as it was written, from regular files only, and clock changes do not make it younger. */
class SnapshotTest {
    private static final Instant SAVED = Instant.parse("2026-11-23T12:00:00Z");
    private static final Boot SAME_BOOT = new Boot("boot-1", Duration.ofHours(3));
    private static final Boot OTHER_BOOT = new Boot("boot-2", Duration.ofMinutes(1));
    private static final Boot UNKNOWN_BOOT = new Boot("", Duration.ZERO);

    @TempDir
    Path directory;

    /** Format 2 had no validity; it was followed by the number of previous versions. */
    @Test
    void credentialsOfAnEarlierFileThatHaveBoundsWaitForTheManager() throws IOException {
        assertThat(readFromFormat2("key").isUnlimited()).isTrue();
        assertThat(readFromFormat2("expires_at").at(0)).isEqualTo(Validity.State.UNREADABLE);
    }

    private static Validity readFromFormat2(String field) throws IOException {
        KeyDigester digester = new KeyDigester();
        HeldValue value = new HeldValue(digester.digest(new byte[] {1}, 0, 1), true, null);
        KnownSecret.Version version = new KnownSecret.Version(
                "1", null, SAVED, Duration.ofMinutes(7), new HeldValues(Map.of(new Part(field), value)));
        SecretPath path = new SecretPath("jack", null, null);
        KnownSecret secret = new KnownSecret(path, null, false, true, Duration.ZERO, version, List.of());
        ByteBuffer written = ByteBuffer.wrap(SnapshotFormat.write(new Snapshot(
                SAVED,
                "boot",
                Duration.ZERO,
                RandomSecrets.bytes(32),
                Map.of(new ProviderId("vault", "prod"), new SavedProvider("same", List.of(secret))))));
        int validity = 2 * Long.BYTES + 1 + Integer.BYTES;
        int rest = Integer.BYTES;
        byte[] earlier = new byte[written.capacity() - validity];
        int kept = earlier.length - rest;
        written.get(0, earlier, 0, kept).get(kept + validity, earlier, kept, rest);
        ByteBuffer.wrap(earlier).putInt(0, 2);
        KnownSecret read = Objects.requireNonNull(
                        SnapshotFormat.read(earlier).providers().get(new ProviderId("vault", "prod")))
                .secrets()
                .getFirst();
        return Objects.requireNonNull(read.current()).values().validity();
    }

    private static Snapshot snapshot(String boot, Duration uptime) {
        KeyDigester digester = new KeyDigester();
        byte[] value = {1, 2, 3};
        KnownSecret.Version version = new KnownSecret.Version(
                "version-ä",
                SAVED.minusSeconds(5),
                SAVED,
                Duration.ofMinutes(7),
                new HeldValues(
                        Map.of(
                                new Part(null), new HeldValue(digester.digest(value, 0, 3), true, null),
                                new Part("key"), new HeldValue(digester.digest(value, 1, 2), false, null),
                                new Part("key", Transform.parse("json=/a%26b&trim")),
                                        new HeldValue(digester.digest(value, 0, 1), true, null)),
                        Map.of(new Part(null, List.of(new Transform.DecodeBase64())), "it is not base64"),
                        new Validity(1_000, 2_000, true, "it is no time, ä")));
        KnownSecret.Version earlier = new KnownSecret.Version(
                "1", null, SAVED.minusSeconds(60), Duration.ofSeconds(3), new HeldValues(Map.of()));
        return new Snapshot(
                SAVED,
                boot,
                uptime,
                RandomSecrets.bytes(32),
                Map.of(
                        new ProviderId("vault", "prod"),
                        new SavedProvider(
                                "fingerprint",
                                List.of(
                                        new KnownSecret(
                                                new SecretPath("a/jack", null, "AWSPREVIOUS"),
                                                null,
                                                false,
                                                true,
                                                Duration.ofSeconds(11),
                                                version,
                                                List.of(earlier)),
                                        new KnownSecret(
                                                SecretPath.current("kate"),
                                                "it was destroyed",
                                                true,
                                                false,
                                                Duration.ZERO,
                                                null,
                                                List.of())))));
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1))) {
            byte[] bytes = SnapshotFormat.write(written);
            try (Snapshot read = SnapshotFormat.read(bytes)) {
                assertThat(read.providers()).isEqualTo(written.providers());
                assertThat(read.savedAt()).isEqualTo(SAVED);
                assertThat(read.boot()).isEqualTo("boot-1");
                assertThat(read.uptime()).isEqualTo(Duration.ofHours(1));
                assertThat(read.digestKey().use(byte[]::clone))
                        .isEqualTo(written.digestKey().use(byte[]::clone));
            }
        }
    }

    /** Otherwise the next process would not look for hashes, and refuse their keys. */
    @Test
    void hashOfAKeyIsReadAsOne() throws IOException {
        KeyDigester digester = new KeyDigester();
        HeldValue held = new HeldValue(digester.digest(new byte[] {1}, 0, 1), false, true, null);
        KnownSecret.Version version = new KnownSecret.Version(
                "1", null, SAVED, Duration.ofMinutes(7), new HeldValues(Map.of(new Part("key"), held)));
        KnownSecret secret =
                new KnownSecret(SecretPath.current("jack"), null, false, true, Duration.ZERO, version, List.of());
        ProviderId id = new ProviderId("vault", "prod");
        try (Snapshot written = new Snapshot(
                        SAVED,
                        "",
                        Duration.ZERO,
                        RandomSecrets.bytes(32),
                        Map.of(id, new SavedProvider("fingerprint", List.of(secret))));
                Snapshot read = SnapshotFormat.read(SnapshotFormat.write(written))) {
            assertThat(read.holdsHash()).isTrue();
        }
    }

    @Test
    void valuesThatAreNeededAreReadAsTheyWereWritten() throws IOException {
        KeyDigester digester = new KeyDigester();
        byte[] value = {0, -1, 7};
        HeldValue held = new HeldValue(digester.digest(value, 0, 3), true, Secret.owning(value.clone()));
        KnownSecret.Version version = new KnownSecret.Version(
                "1", null, SAVED, Duration.ofMinutes(7), new HeldValues(Map.of(new Part("key"), held)));
        KnownSecret secret =
                new KnownSecret(SecretPath.current("jack"), null, false, true, Duration.ZERO, version, List.of());
        ProviderId id = new ProviderId("vault", "prod");
        try (Snapshot written = new Snapshot(
                        SAVED,
                        "",
                        Duration.ZERO,
                        RandomSecrets.bytes(32),
                        Map.of(id, new SavedProvider("fingerprint", List.of(secret))));
                Snapshot read = SnapshotFormat.read(SnapshotFormat.write(written))) {
            KnownSecret.Version back = Objects.requireNonNull(
                    Objects.requireNonNull(read.providers().get(id))
                            .secrets()
                            .getFirst()
                            .current());
            Secret there = Objects.requireNonNull(
                    Objects.requireNonNull(back.values().of(new Part("key"))).value());
            assertThat(there.use(byte[]::clone)).isEqualTo(value);
            read.wipeValues();
            assertThat(there.isClosed()).isTrue();
        }
    }

    @Test
    void everyCutAndOtherFormatsAreRefused() throws IOException {
        byte[] bytes;
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1))) {
            bytes = SnapshotFormat.write(written);
        }
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> SnapshotFormat.read(cut))
                    .as("cut at %s", length)
                    .isInstanceOf(IOException.class);
        }
        bytes[3] = 4;
        assertThatThrownBy(() -> SnapshotFormat.read(bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("format 4");
    }

    @Test
    void timeSinceTheWritingIsTheLongerOfBothClocks() {
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1))) {
            assertThat(written.elapsed(SAVED.plusSeconds(60), SAME_BOOT))
                    .as("the wall clock was put back")
                    .isEqualTo(Duration.ofHours(2));
            assertThat(written.elapsed(SAVED.minusSeconds(60), SAME_BOOT)).isEqualTo(Duration.ofHours(2));
            assertThat(written.elapsed(SAVED.plus(Duration.ofDays(2)), SAME_BOOT))
                    .isEqualTo(Duration.ofDays(2));
            assertThat(written.elapsed(SAVED.plusSeconds(60), OTHER_BOOT)).isEqualTo(Duration.ofSeconds(60));
            assertThat(written.elapsed(SAVED.minusSeconds(60), OTHER_BOOT)).isZero();
        }
    }

    @Test
    void wallClockBeforeTheWritingTellsNothingUnlessTheMachineWasNotBooted() {
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1));
                Snapshot nowhere = snapshot("", Duration.ZERO)) {
            assertThat(written.fromTheFuture(SAVED.minusSeconds(1), SAME_BOOT)).isFalse();
            assertThat(written.fromTheFuture(SAVED.minusSeconds(1), OTHER_BOOT)).isTrue();
            assertThat(written.fromTheFuture(SAVED.plusSeconds(1), OTHER_BOOT)).isFalse();
            assertThat(nowhere.fromTheFuture(SAVED.minusSeconds(1), UNKNOWN_BOOT))
                    .isTrue();
        }
    }

    @Test
    void thisMachineTellsItsBootAndForHowLongItIsUp() {
        assertThat(Boot.read().id()).isNotEmpty();
        assertThat(Boot.read().uptime()).isPositive();
    }

    @Test
    void nothingNamesTheDigestKey() {
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1));
                Secret key = written.digestKey()) {
            assertThat(written.toString()).doesNotContain(key.reveal()).isEqualTo("Snapshot[" + SAVED + "]");
        }
    }

    @Test
    void fileIsReadWithinItsBoundOnly() throws IOException {
        Path path = directory.resolve("data/file");
        SnapshotFile file = new SnapshotFile(path, 100);
        assertThat(file.read()).isNull();
        file.replace(new byte[100]);
        assertThat(file.read()).hasSize(100);
        assertThatThrownBy(() -> file.replace(new byte[101])).hasMessageContaining("101 bytes");
        assertThat(file.read()).as("what was there stays").hasSize(100);
        Files.write(path, new byte[101]);
        assertThatThrownBy(file::read)
                .isInstanceOf(RefusedSnapshotException.class)
                .hasMessageContaining("more than the 100 bytes");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("data"))))
                .isEqualTo("rwx------");
        assertThat(directory.resolve("data").toFile().list()).containsExactly("file");
    }

    @Test
    void onlyARegularFileIsRead() throws IOException {
        Path elsewhere = Files.write(directory.resolve("elsewhere"), new byte[10]);
        Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rw-------"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), elsewhere);
        assertThatThrownBy(() -> new SnapshotFile(link).read())
                .isInstanceOf(RefusedSnapshotException.class)
                .hasMessageContaining("not a regular file");
        assertThatThrownBy(() -> new SnapshotFile(directory).read()).isInstanceOf(RefusedSnapshotException.class);

        new SnapshotFile(link).replace(new byte[5]);
        assertThat(elsewhere).as("never written through").hasSize(10);
        assertThat(link).hasSize(5);
    }
}
