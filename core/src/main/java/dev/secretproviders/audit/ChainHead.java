package dev.secretproviders.audit;

import dev.secretproviders.audit.text.SignedText;
import dev.secretproviders.crypto.Hmac;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The end of the log. It changes in the same transaction as the log, which serializes the writers of all runners.
 *
 * @param last the place of the last record; 0 for none
 * @param hmac the HMAC of that record
 * @param revision the store's revision of this entry; 0 if it was never written
 */
record ChainHead(long last, String hmac, long revision) {
    static final String KEY = "audit/head";
    static final ChainHead EMPTY = new ChainHead(0, AuditRecord.NOTHING_BEFORE, 0);

    private static final Pattern TEXT =
            Pattern.compile("\\{\"sequence\":(\\d{1,18}),\"record\":\"([0-9a-f]{64})\",\"hmac\":\"[0-9a-f]{64}\"}");

    byte[] bytes(Hmac key) {
        String text = "{\"sequence\":%d,\"record\":\"%s\"}".formatted(last, hmac);
        return SignedText.sign(key, SignedText.Kind.HEAD, text.getBytes(StandardCharsets.US_ASCII))
                .bytes();
    }

    /** Returns the head, or null if its HMAC does not match. */
    static @Nullable ChainHead read(Hmac key, byte[] bytes, long revision) {
        SignedText text = SignedText.verified(key, SignedText.Kind.HEAD, bytes);
        Matcher matcher = TEXT.matcher(text == null ? "" : text.toString());
        return matcher.matches() ? new ChainHead(Long.parseLong(matcher.group(1)), matcher.group(2), revision) : null;
    }
}
