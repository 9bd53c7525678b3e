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

    /** Returns the first line of a connection. */
    static ByteBuf hello(ByteBufAllocator allocator, String epoch, long sequence) {
        ByteBuf line = allocator.ioBuffer(SHORT);
        JsonText.plain(line, "{\"epoch\":\"" + epoch + "\",\"sequence\":");
        return end(line, sequence);
    }

    /** Returns the line that shows that the stream is alive. */
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

    /** Returns an event that ends all earlier verdicts. */
    static ByteBuf all(ByteBufAllocator allocator, long sequence) {
        ByteBuf line = allocator.ioBuffer(SHORT);
        JsonText.plain(line, "{\"sequence\":" + sequence + ",\"forget\":\"all\"}\n");
        return line;
    }

    /** Returns an event that ends the verdicts of the changed credentials. */
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
