package dev.secretproviders.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Any change, move or truncation of a sealed record is detected. */
class SealerTest {
    private static final String LABEL = "provider/vault/prod";
    private static final byte[] CANARY = "hvs.canary-of-sealer".getBytes(StandardCharsets.UTF_8);

    private final Secret first = RandomSecrets.bytes(32);
    private final Secret second = RandomSecrets.bytes(32);
    private final Sealer sealer = new Sealer(MasterKeyring.of(copy(first)));

    private static Secret copy(Secret secret) {
        return secret.use(bytes -> Secret.owning(bytes.clone()));
    }

    @Test
    void sealedRecordIsOpenedUnderItsLabelOnly() throws UnsealException {
        byte[] sealed = sealer.seal(LABEL, CANARY);
        assertThat(new String(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("canary");
        assertThat(sealer.open(LABEL, sealed)).isEqualTo(CANARY);
        assertThatThrownBy(() -> sealer.open("provider/vault/other", sealed))
                .isInstanceOf(UnsealException.class)
                .hasMessageContaining("provider/vault/other is damaged");
        assertThat(sealer.open(LABEL, sealer.seal(LABEL, new byte[0]))).isEmpty();
    }

    @Test
    void everyChangedByteAndEveryCutIsNoticed() {
        byte[] sealed = sealer.seal(LABEL, CANARY);
        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> sealer.open(LABEL, changed))
                    .as("byte %s", i)
                    .isInstanceOf(UnsealException.class);
            byte[] cut = Arrays.copyOf(sealed, i);
            assertThatThrownBy(() -> sealer.open(LABEL, cut)).as("cut at %s", i).isInstanceOf(UnsealException.class);
        }
    }

    @Test
    void noTwoSealingsShareDataKeyOrIv() {
        Set<String> seen = new HashSet<>();
        IntStream.range(0, 1_000)
                .mapToObj(i -> sealer.seal(LABEL, CANARY))
                .forEach(record -> assertThat(seen.add(Arrays.toString(Arrays.copyOfRange(record, 12, 64))))
                        .isTrue());
    }

    @Test
    void anotherKeyringDoesNotOpenItAndNamesTheKeyThatIsNeeded() {
        MasterKeyring ring = MasterKeyring.of(copy(first));
        byte[] sealed = new Sealer(ring).seal(LABEL, CANARY);
        Sealer other = new Sealer(MasterKeyring.of(copy(second)));
        assertThatThrownBy(() -> other.open(LABEL, sealed))
                .isInstanceOf(UnsealException.class)
                .hasMessageContaining("master key " + ring.currentId() + ", which the keyring does not have");
        assertThat(KeyCheck.problem(other, KeyCheck.create(sealer))).contains(ring.currentId());
        assertThat(KeyCheck.problem(sealer, KeyCheck.create(sealer))).isNull();
    }

    @Test
    void rewrappedRecordNeedsTheNewMasterKeyOnly() throws UnsealException {
        byte[] sealed = sealer.seal(LABEL, CANARY);
        Sealer both = new Sealer(MasterKeyring.of(copy(second), copy(first)));
        assertThat(both.open(LABEL, sealed)).isEqualTo(CANARY);
        assertThat(both.current(sealed)).isFalse();
        byte[] rewrapped = both.rewrap(LABEL, sealed);
        assertThat(both.current(rewrapped)).isTrue();
        assertThat(new Sealer(MasterKeyring.of(copy(second))).open(LABEL, rewrapped))
                .isEqualTo(CANARY);
        assertThatThrownBy(() -> sealer.open(LABEL, rewrapped)).isInstanceOf(UnsealException.class);
    }

    @Test
    void manyThreadsSealAndOpenAtATime() {
        assertThat(IntStream.range(0, 2_000).parallel().allMatch(i -> {
                    byte[] plain = ("value " + i).getBytes(StandardCharsets.UTF_8);
                    try {
                        return Arrays.equals(sealer.open("k/" + i, sealer.seal("k/" + i, plain)), plain);
                    } catch (UnsealException e) {
                        return false;
                    }
                }))
                .isTrue();
    }
}
