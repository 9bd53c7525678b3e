package dev.secretproviders.audit;

import dev.secretproviders.audit.text.SignedText;
import dev.secretproviders.crypto.Hmac;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of the log. It proves that the log itself removed the records before it because of their age.
 *
 * @param first the place of the first record that is kept
 * @param removed the HMAC of the record before it
 * @param revision the store's revision of this entry; 0 if it was never written
 */
record ChainAnchor(long first, String removed, long revision) {
    static final String KEY = "audit/anchor";
    static final ChainAnchor NONE = new ChainAnchor(1, AuditRecord.NOTHING_BEFORE, 0);

    private static final Pattern TEXT =
            Pattern.compile("\\{\"first\":(\\d{1,18}),\"removed\":\"([0-9a-f]{64})\",\"hmac\":\"[0-9a-f]{64}\"}");

    byte[] bytes(Hmac key) {
        String text = "{\"first\":%d,\"removed\":\"%s\"}".formatted(first, removed);
        return SignedText.sign(key, SignedText.Kind.ANCHOR, text.getBytes(StandardCharsets.US_ASCII))
                .bytes();
    }

    /** Returns the anchor, or null if its HMAC does not match. */
    static @Nullable ChainAnchor read(Hmac key, byte[] bytes, long revision) {
        SignedText text = SignedText.verified(key, SignedText.Kind.ANCHOR, bytes);
        Matcher matcher = TEXT.matcher(text == null ? "" : text.toString());
        return matcher.matches() ? new ChainAnchor(Long.parseLong(matcher.group(1)), matcher.group(2), revision) : null;
    }
}
