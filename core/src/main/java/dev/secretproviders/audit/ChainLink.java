package dev.secretproviders.audit;

import dev.secretproviders.crypto.Hmac;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the chain needs of a record. A walk looks at each record, so it reads no more than this: what the signature covers is what the
 * runner wrote, byte by byte.
 *
 * @param key the store's key of the record
 * @param id the place that the key stands for, or -1 if the log never wrote such a key
 * @param problem why the record is not the one that was written, or null
 * @param previous the HMAC of the record before it
 * @param hmac its HMAC
 */
record ChainLink(String key, long id, @Nullable String problem, String previous, String hmac) {
    private static final byte[] ID = "{\"id\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PREVIOUS = ",\"prev\":\"".getBytes(StandardCharsets.US_ASCII);

    /** Reads what stands at a key. */
    static ChainLink read(Hmac.Series hmac, String key, byte[] bytes) {
        long id = AuditRecord.id(key);
        if (id < 0) {
            return unreadable(key);
        }
        SignedText text = SignedText.verified(hmac, SignedText.Kind.RECORD, bytes);
        String previous = text != null && isOf(id, bytes) ? text.hmacBefore(PREVIOUS) : null;
        if (text != null && previous != null) {
            return new ChainLink(key, id, null, previous, text.hmac());
        }
        // Damaged, or of another form than records have today: as a query reads it.
        AuditRecord record = AuditRecord.of(text, id, bytes);
        return new ChainLink(
                key, id, record.damaged() ? record.text("error_message") : null, record.previous(), record.hmac());
    }

    /** Returns what stands for a record that the store cannot read. */
    static ChainLink unreadable(String key) {
        return new ChainLink(key, AuditRecord.id(key), "this record cannot be read", "", "");
    }

    /** Returns whether a record begins with this place. */
    private static boolean isOf(long id, byte[] bytes) {
        byte[] digits = Long.toString(id).getBytes(StandardCharsets.US_ASCII);
        int end = ID.length + digits.length;
        return bytes.length > end
                && Arrays.equals(bytes, 0, ID.length, ID, 0, ID.length)
                && Arrays.equals(bytes, ID.length, end, digits, 0, digits.length)
                && bytes[end] == ',';
    }
}
