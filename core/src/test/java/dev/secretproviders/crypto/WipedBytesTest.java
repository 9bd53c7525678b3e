package dev.secretproviders.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** No array that held secret bytes keeps them. */
class WipedBytesTest {
    @Test
    void eachArrayIsOverwrittenWhenItIsOutgrownOrNoLongerNeeded() {
        byte[] secret = "canary".repeat(100).getBytes(StandardCharsets.US_ASCII);
        WipedBytes bytes = new WipedBytes();
        bytes.write('x');
        byte[] first = bytes.array();
        bytes.writeBytes(secret);
        byte[] second = bytes.array();

        assertThat(first).isNotSameAs(second).containsOnly(0);
        byte[] all = bytes.toByteArray();
        assertThat(all).hasSize(601).startsWith('x');
        assertThat(Arrays.copyOfRange(all, 1, all.length)).isEqualTo(secret);
        bytes.close();
        assertThat(second).containsOnly(0);
        assertThat(bytes.toByteArray()).isEmpty();
    }
}
