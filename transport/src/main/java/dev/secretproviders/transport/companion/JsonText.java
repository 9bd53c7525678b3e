package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.usage.CredentialName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/** Writes JSON (RFC 8259) in UTF-8 on one line. */
final class JsonText {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int FIRST_PLAIN = 0x20;

    private JsonText() {}

    /** Writes ASCII text without escapes: punctuation, field names, numbers. */
    static void plain(ByteBuf out, String ascii) {
        int _ = ByteBufUtil.writeAscii(out, ascii);
    }

    static void number(ByteBuf out, long number) {
        plain(out, Long.toString(number));
    }

    /** Writes a string. Half a surrogate pair, which UTF-8 cannot hold, becomes {@code ?}. */
    static void string(ByteBuf out, String text) {
        out.writeByte('"');
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < FIRST_PLAIN || c == '"' || c == '\\') {
                utf8(out, text, from, i);
                escape(out, c);
                from = i + 1;
            }
        }
        utf8(out, text, from, text.length());
        out.writeByte('"');
    }

    private static void utf8(ByteBuf out, String text, int from, int to) {
        if (from < to) {
            int _ = ByteBufUtil.writeUtf8(out, text, from, to);
        }
    }

    private static void escape(ByteBuf out, char c) {
        out.writeByte('\\');
        if (c < FIRST_PLAIN) {
            plain(out, "u00");
            out.writeByte(HEX[c >> 4]).writeByte(HEX[c & 0xf]);
        } else {
            out.writeByte(c);
        }
    }

    /** Writes the fields that name a credential, without braces. */
    static void credential(ByteBuf out, CredentialName name) {
        plain(out, "\"consumer\":");
        string(out, name.username());
        String id = name.id();
        if (id != null) {
            plain(out, ",\"credential\":");
            string(out, id);
        }
    }
}
