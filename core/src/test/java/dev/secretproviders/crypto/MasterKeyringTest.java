package dev.secretproviders.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading and replacing master keys. */
class MasterKeyringTest {
    private static final String KEY =
            Base64.getEncoder().encodeToString("canary-of-keyring-0123456789abcd".getBytes(StandardCharsets.US_ASCII));

    @TempDir
    Path directory;

    private Path file(String content) throws Exception {
        Path file = directory.resolve("keyring");
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, content);
    }

    @Test
    void createdKeyringIsForItsOwnerOnlyAndReadBack() throws Exception {
        Path file = directory.resolve("keyring");
        MasterKeyring created = MasterKeyring.create(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(MasterKeyring.ofFile(file).currentId()).isEqualTo(created.currentId());
        assertThatThrownBy(() -> MasterKeyring.create(file)).hasMessageContaining("already exists");
        assertThat(directory.toFile().list()).containsExactly("keyring");
    }

    @Test
    void keyringThatOthersMayReadIsRefused() throws Exception {
        Path file = file(KEY);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> MasterKeyring.ofFile(file)).hasMessageContaining("chmod 600 " + file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# only a comment\n", "not base64!", "c2hvcnQ="})
    void malformedKeyringIsRefusedWithoutQuotingIt(String content) throws Exception {
        Path file = file(content);
        assertThatThrownBy(() -> MasterKeyring.ofFile(file))
                .isInstanceOf(KeyringException.class)
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("c2hvcnQ");
    }

    @Test
    void keyThatStandsThereTwiceIsRefused() throws Exception {
        Path file = file(KEY + "\n" + KEY + "\n");
        assertThatThrownBy(() -> MasterKeyring.ofFile(file)).hasMessageContaining("line 2");
    }

    @Test
    void absentKeyringIsRefused() {
        assertThatThrownBy(() -> MasterKeyring.ofFile(directory.resolve("none")))
                .hasMessageContaining("cannot be read")
                .isInstanceOf(KeyringException.class);
    }

    @Test
    void keyringMayStandInAnEnvironmentVariable() throws Exception {
        MasterKeyring ring = MasterKeyring.ofText(KEY);
        assertThat(ring.toString()).doesNotContain("canary", KEY).contains(ring.currentId());
        assertThatThrownBy(ring::addKey).hasMessageContaining(MasterKeyring.VARIABLE);
    }

    @Test
    void newKeyBecomesCurrentAndARunningRunnerFindsItByItself() throws Exception {
        Path file = file(KEY + "\n");
        MasterKeyring operators = MasterKeyring.ofFile(file);
        MasterKeyring running = MasterKeyring.ofFile(file);
        String old = operators.currentId();
        String added = operators.addKey();
        assertThat(operators.ids()).containsExactly(added, old);

        byte[] sealed = new Sealer(operators).seal("k", new byte[] {1});
        assertThat(new Sealer(running).open("k", sealed)).containsExactly(1);

        operators.dropOldKeys();
        assertThat(MasterKeyring.ofFile(file).ids()).containsExactly(added);
    }
}
