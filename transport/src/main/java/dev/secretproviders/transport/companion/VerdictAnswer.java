package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.Verdict.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Locale;
import java.util.OptionalLong;

/** Writes the answer to a verdict call ({@code docs/reference/companion-protocol.md}). */
public final class VerdictAnswer {
    private static final int USUAL_SIZE = 1 << 8;
    private static final int LENGTH_AT = 1;

    private VerdictAnswer() {}

    /**
     * Returns the frame of a verdict.
     *
     * @param type that of the call
     */
    public static ByteBuf encode(ByteBufAllocator allocator, int type, String epoch, Verdict verdict) {
        ByteBuf frame = allocator.ioBuffer(USUAL_SIZE).writeInt(type << 24);
        int start = frame.writerIndex();
        switch (verdict) {
            case Verdict.Accepted accepted -> {
                begin(frame, "accepted", epoch, verdict);
                frame.writeByte(',');
                JsonText.credential(frame, accepted.credential());
                ttl(frame, accepted.ttlMillis());
                if (accepted.previous()) {
                    JsonText.plain(frame, ",\"previous\":true");
                }
            }
            case Verdict.Refused refused -> {
                begin(frame, "refused", epoch, verdict);
                reason(frame, refused.reason());
                ttl(frame, refused.ttlMillis());
            }
            case Verdict.Unavailable _ -> {
                begin(frame, "unavailable", epoch, verdict);
                reason(frame, Reason.UNRESOLVED);
            }
        }
        frame.writeByte('}');
        return frame.setMedium(LENGTH_AT, frame.writerIndex() - start);
    }

    private static void begin(ByteBuf frame, String word, String epoch, Verdict verdict) {
        JsonText.plain(frame, "{\"verdict\":\"" + word + "\",\"epoch\":\"" + epoch + "\",\"sequence\":");
        JsonText.number(frame, verdict.sequence());
    }

    private static void reason(ByteBuf frame, Reason reason) {
        JsonText.plain(frame, ",\"reason\":\"" + reason.name().toLowerCase(Locale.ROOT) + "\"");
    }

    private static void ttl(ByteBuf frame, OptionalLong millis) {
        if (millis.isPresent()) {
            JsonText.plain(frame, ",\"ttl_ms\":" + millis.getAsLong());
        }
    }
}
