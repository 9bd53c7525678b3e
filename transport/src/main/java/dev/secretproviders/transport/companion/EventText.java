package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.auth.usage.CredentialName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** Writes the lines of the event stream ({@code docs/reference/companion-protocol.md}). */
final class EventText {
    private static final int SHORT = 1 << 6;
    private static final int PER_CREDENTIAL = 1 << 6;
    private static final int MOST_VALUES = 1000;

    private EventText() {}

    /** Returns the first line of a connection, and the one about a restart if there will be one. */
    static ByteBuf hello(ByteBufAllocator allocator, String epoch, long sequence, boolean restarting) {
        ByteBuf line = allocator.ioBuffer(SHORT);
        JsonText.plain(line, "{\"epoch\":\"" + epoch + "\",\"sequence\":" + sequence + "}\n");
        if (restarting) {
            restart(line, sequence, true);
        }
        return line;
    }

    /** Returns the line that shows that the stream is alive. */
    static ByteBuf alive(ByteBufAllocator allocator, long sequence) {
        ByteBuf line = allocator.ioBuffer(SHORT);
        JsonText.plain(line, "{\"sequence\":" + sequence + "}\n");
        return line;
    }

    /**
     * Returns the line that tells that the runner is about to stop, and that another one is expected; or, if it is not
     * {@code expected} any more, that the runner stays.
     */
    static ByteBuf restart(ByteBufAllocator allocator, long sequence, boolean expected) {
        ByteBuf line = allocator.ioBuffer(SHORT);
        restart(line, sequence, expected);
        return line;
    }

    private static void restart(ByteBuf line, long sequence, boolean expected) {
        JsonText.plain(line, "{\"sequence\":" + sequence + ",\"restart\":" + expected + "}\n");
    }

    /** Returns an event that ends all earlier verdicts. */
    static ByteBuf all(ByteBufAllocator allocator, long sequence) {
        ByteBuf line = allocator.ioBuffer(SHORT);
        JsonText.plain(line, "{\"sequence\":" + sequence + ",\"forget\":\"all\"}\n");
        return line;
    }

    /** Returns the line that names values for upstreams that ended; their number is the last event's. */
    static ByteBuf values(ByteBufAllocator allocator, long sequence, List<String> names) {
        ByteBuf line = allocator.ioBuffer(SHORT + SHORT * Math.min(names.size(), MOST_VALUES));
        JsonText.plain(line, "{\"sequence\":" + sequence + ",\"values\":");
        if (names.size() > MOST_VALUES) {
            JsonText.plain(line, "\"all\"}\n");
            return line;
        }
        String separator = "[";
        for (String name : names) {
            JsonText.plain(line, separator);
            JsonText.string(line, name);
            separator = ",";
        }
        JsonText.plain(line, "]}\n");
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
