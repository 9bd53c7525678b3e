package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.CredentialName;
import dev.secretproviders.auth.IndexChange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Writes the lines of the event stream ({@code docs/reference/companion-protocol.md}). */
final class EventText {
    private static final int SHORT = 1 << 6;
    private static final int PER_CREDENTIAL = 1 << 6;

    private EventText() {}

    /** The first line. */
    static ByteBuf hello(ByteBufAllocator allocator, String epoch, long sequence) {
        ByteBuf line = allocator.ioBuffer(SHORT);
        JsonText.plain(line, "{\"epoch\":\"" + epoch + "\",\"sequence\":");
        return end(line, sequence);
    }

    /** What says that the stream lives. */
    static ByteBuf alive(ByteBufAllocator allocator, long sequence) {
        ByteBuf line = allocator.ioBuffer(SHORT);
        JsonText.plain(line, "{\"sequence\":");
        return end(line, sequence);
    }

    private static ByteBuf end(ByteBuf line, long sequence) {
        JsonText.number(line, sequence);
        JsonText.plain(line, "}\n");
        return line;
    }

    /** An event that ends all verdicts of before. */
    static ByteBuf all(ByteBufAllocator allocator, long sequence) {
        ByteBuf line = allocator.ioBuffer(SHORT);
        JsonText.plain(line, "{\"sequence\":" + sequence + ",\"forget\":\"all\"}\n");
        return line;
    }

    /** An event that ends the verdicts of the credentials named. */
    static ByteBuf event(ByteBufAllocator allocator, IndexChange change) {
        ByteBuf line =
                allocator.ioBuffer(SHORT + PER_CREDENTIAL * change.credentials().size());
        JsonText.plain(line, "{\"sequence\":" + change.sequence() + ",\"forget\":[");
        String separator = "{";
        for (CredentialName name : change.credentials()) {
            JsonText.plain(line, separator);
            JsonText.credential(line, name);
            line.writeByte('}');
            separator = ",{";
        }
        JsonText.plain(line, "]}\n");
        return line;
    }
}
