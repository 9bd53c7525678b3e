package dev.secretproviders.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

final class KeyDigesterTest {
    private final KeyDigester digester = new KeyDigester();

    @Test
    void digestsAreEqualExactlyWhenTheSecretsAre() {
        KeyDigest digest = digester.digest(Secret.ofUtf8("hunter2"));

        assertThat(digester.digest(Secret.ofUtf8("hunter2"))).isEqualTo(digest).hasSameHashCodeAs(digest);
        assertThat(digester.digest(Secret.ofUtf8("hunter3"))).isNotEqualTo(digest);
    }

    /** Compares with the runtime's own HMAC, with inputs of every length around the block size of SHA-256. */
    @Test
    void digestIsAnHmacSha256UnderTheKey() throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        try (Secret key = digester.key()) {
            mac.init(key.use(bytes -> new SecretKeySpec(bytes, "HmacSHA256")));
        }
        for (int length = 0; length < 200; length++) {
            byte[] secret = new byte[length + 7];
            ThreadLocalRandom.current().nextBytes(secret);
            KeyDigest digest = digester.digest(secret, 7, length);
            mac.update(secret, 7, length);
            assertThat(digest.toBytes()).isEqualTo(mac.doFinal());

            long[] longs = digester.digestOf(secret, 7, length);
            KeyDigest same = digester.digest(secret, 7, length);
            assertThat(same.is(longs)).isTrue();
            assertThat(KeyDigest.hash(longs)).isEqualTo(same.hashCode());
            longs[length % KeyDigest.LONGS] ^= 1;
            assertThat(same.is(longs)).isFalse();
        }
    }

    @Test
    void adoptedKeyIsHandedOnUnchanged() {
        KeyDigester next = new KeyDigester();
        try (Secret key = digester.key()) {
            next.adopt(key);
        }
        assertThat(next.digest(Secret.ofUtf8("hunter2"))).isEqualTo(digester.digest(Secret.ofUtf8("hunter2")));
    }

    @Test
    void whatIsToBeKeptIsDigestedUnderTheKeyThatStays() throws Exception {
        KeyDigester next = KeyDigester.unsettled();
        FutureTask<KeyDigest> kept = new FutureTask<>(() -> next.digestToKeep(Secret.ofUtf8("hunter2")));
        Thread thread = Thread.ofPlatform().daemon().start(kept);
        await("it waits").until(() -> thread.getState() == Thread.State.WAITING);
        try (Secret key = digester.key()) {
            next.adopt(key);
        }
        next.settle();

        assertThat(kept.get(10, TimeUnit.SECONDS)).isEqualTo(digester.digest(Secret.ofUtf8("hunter2")));
    }

    @Test
    void whoWaitsForTheKeyCanBeInterrupted() {
        KeyDigester unsettled = KeyDigester.unsettled();
        Thread.currentThread().interrupt();

        assertThatIllegalStateException().isThrownBy(() -> unsettled.digestToKeep(Secret.ofUtf8("hunter2")));
        assertThat(Thread.interrupted()).isTrue();
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
