package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.spi.Secret;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One value that a reference stands for now: the current version, or a previous one within its overlap.
 *
 * <p>Thread-safe.
 *
 * @param digest the digest of the value
 * @param version the version that the value belongs to, with its times and how long it may be used
 * @param shorterThan16 whether the value has fewer than 16 bytes; nothing else about its length is kept
 * @param value the value; null exactly if no owner asked for it with {@link
 *     dev.secretproviders.resolve.value.Use#VALUE}. The resolver owns it and wipes it when the version ends or the use
 *     goes. Then {@link Secret#use} fails; {@link #read} does not
 */
public record ResolvedValue(
        KeyDigest digest,
        HeldVersion version,
        boolean shorterThan16,
        @Nullable Secret value) {
    /**
     * Lets {@code reader} read the value. It must not keep the bytes.
     *
     * @return what the reader returned; null if there is no value, or it was wiped meanwhile. Listeners are told of
     *     that change
     */
    public <T> @Nullable T read(Function<byte[], T> reader) {
        if (value == null) {
            return null;
        }
        try {
            return value.use(reader);
        } catch (IllegalStateException e) {
            if (value.isClosed()) {
                return null;
            }
            throw e;
        }
    }
}
