package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.inject.InjectAnswer;
import dev.secretproviders.transport.wire.FrameType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Writes the answer to a call about values ({@code docs/reference/companion-protocol.md}). */
public final class ValuesAnswer {
    private static final int USUAL_SIZE = 1 << 9;
    private static final int LENGTH_AT = 1;
    /** The companion takes no longer answer. */
    private static final int LONGEST = 1 << 16;

    private ValuesAnswer() {}

    /** Returns the frame of an answer. */
    public static ByteBuf encode(ByteBufAllocator allocator, String epoch, InjectAnswer answer) {
        ByteBuf frame = allocator.ioBuffer(USUAL_SIZE).writeInt(FrameType.VALUES << 24);
        int start = frame.writerIndex();
        write(frame, epoch, answer);
        if (frame.writerIndex() - start > LONGEST) {
            frame.writerIndex(start);
            write(frame, epoch, new InjectAnswer.Unavailable(Reason.INJECT_ILLEGAL));
        }
        return frame.setMedium(LENGTH_AT, frame.writerIndex() - start);
    }

    private static void write(ByteBuf frame, String epoch, InjectAnswer answer) {
        JsonText.plain(frame, "{\"epoch\":\"" + epoch + "\"");
        switch (answer) {
            case InjectAnswer.Known known -> {
                JsonText.plain(frame, ",\"name\":");
                JsonText.string(frame, known.name());
                values(frame, "headers", known.headers());
                values(frame, "query", known.arguments());
                values(frame, "cookies", known.cookies());
                JsonText.plain(frame, ",\"ttl_ms\":");
                JsonText.number(frame, TimeUnit.NANOSECONDS.toMillis(known.usableFor()));
            }
            case InjectAnswer.Unavailable unavailable ->
                JsonText.plain(
                        frame,
                        ",\"unavailable\":\"" + unavailable.reason().name().toLowerCase(Locale.ROOT) + "\"");
            case InjectAnswer.Invalid(String problem) -> {
                JsonText.plain(frame, ",\"unavailable\":\"invalid\",\"problem\":");
                JsonText.string(frame, problem);
            }
        }
        frame.writeByte('}');
    }

    private static void values(ByteBuf frame, String place, List<Header> values) {
        JsonText.plain(frame, ",\"" + place + "\":{");
        boolean first = true;
        for (Header value : values) {
            if (!first) {
                frame.writeByte(',');
            }
            first = false;
            JsonText.string(frame, value.name());
            frame.writeByte(':');
            JsonText.string(frame, String.valueOf(value.value()));
        }
        frame.writeByte('}');
    }
}
