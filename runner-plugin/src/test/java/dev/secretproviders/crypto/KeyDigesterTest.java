package dev.secretproviders.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class KeyDigesterTest {
    private final KeyDigester digester = new KeyDigester();

    @Test
    void digestsAreEqualExactlyWhenTheSecretsAre() {
        KeyDigest digest = digester.digest(Secret.ofUtf8("hunter2"));

        assertThat(digester.digest(Secret.ofUtf8("hunter2"))).isEqualTo(digest).hasSameHashCodeAs(digest);
        assertThat(digester.digest(Secret.ofUtf8("hunter3"))).isNotEqualTo(digest);
    }

    @Test
    void sliceOfAnArrayDigestsAsTheSecretWithTheseBytes() {
        byte[] frame = "apikey: hunter2\r\n".getBytes(StandardCharsets.US_ASCII);

        assertThat(digester.digest(frame, 8, 7)).isEqualTo(digester.digest(Secret.ofUtf8("hunter2")));
    }

    @Test
    void anotherDigesterHasAnotherKey() {
        assertThat(new KeyDigester().digest(Secret.ofUtf8("hunter2")))
                .isNotEqualTo(digester.digest(Secret.ofUtf8("hunter2")));
    }

    @Test
    void digestDoesNotPrintItself() {
        assertThat(digester.digest(Secret.ofUtf8("hunter2"))).hasToString("KeyDigest[***]");
    }
}
