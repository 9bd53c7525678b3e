package dev.secretproviders.crypto;

import dev.secretproviders.spi.Secret;
import java.util.Base64;

/** Makes secrets from the FIPS module's random generator (SP 800-90A). Thread-safe. */
public final class RandomSecrets {
    private RandomSecrets() {}

    /** Returns {@code count} random bytes. */
    public static Secret bytes(int count) {
        byte[] bytes = new byte[count];
        FipsModule.load().random().nextBytes(bytes);
        return Secret.owning(bytes);
    }

    /** Returns {@code count} random bytes as base64url: letters, digits, {@code -} and {@code _}. */
    public static Secret text(int count) {
        try (Secret random = bytes(count)) {
            return random.use(bytes ->
                    Secret.owning(Base64.getUrlEncoder().withoutPadding().encode(bytes)));
        }
    }
}
