package dev.secretproviders.audit;

import dev.secretproviders.audit.text.SignedText;
import dev.secretproviders.crypto.Hmac;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The part of a record that the chain needs. A walk checks each record and reads only this part, since the signature
 * covers every other byte.
 *
 * @param key the store's key of the record
 * @param id the place of the key, or -1 if the log never wrote such a key
 * @param problem why the record is not the one that was written, or null
 * @param previous the HMAC of the record before it
 * @param hmac the HMAC of this record
 */
record ChainLink(String key, long id, @Nullable String problem, String previous, String hmac) {
    private static final byte[] ID = "{\"id\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PREVIOUS = ",\"prev\":\"".getBytes(StandardCharsets.US_ASCII);

    /** Reads the record at a key. */
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
        // The record is damaged or has an older format, so it is read as a query reads it.
        AuditRecord record = AuditRecord.of(text, id, bytes);
        return new ChainLink(
                key, id, record.damaged() ? record.text("error_message") : null, record.previous(), record.hmac());
    }

    /** Returns the stand-in for a record that the store cannot read. */
    static ChainLink unreadable(String key) {
        return new ChainLink(key, AuditRecord.id(key), "this record cannot be read", "", "");
    }

    /** Returns whether a record's first field is this place. */
    private static boolean isOf(long id, byte[] bytes) {
        byte[] digits = Long.toString(id).getBytes(StandardCharsets.US_ASCII);
        int end = ID.length + digits.length;
        return bytes.length > end
                && Arrays.equals(bytes, 0, ID.length, ID, 0, ID.length)
                && Arrays.equals(bytes, ID.length, end, digits, 0, digits.length)
                && bytes[end] == ',';
    }
}
