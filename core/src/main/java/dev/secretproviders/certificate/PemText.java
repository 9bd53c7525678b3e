package dev.secretproviders.certificate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a PEM text (RFC 7468). Text between the blocks is ignored, as OpenSSL ignores it. Works on bytes, so that
 * no key becomes a {@code String}.
 */
final class PemText {
    private static final byte[] BEGIN = ascii("-----BEGIN ");
    private static final byte[] END = ascii("-----END ");
    private static final byte[] DASHES = ascii("-----");
    private static final int LINE = 64;

    private PemText() {}

    /**
     * One block.
     *
     * @param label such as {@code CERTIFICATE}
     * @param content the bytes that it encodes; null if it is no base64, or has headers, as an encrypted key has
     */
    @SuppressWarnings("ArrayRecordComponent") // Blocks are never compared.
    record Block(String label, byte @Nullable [] content) {
        boolean isPrivateKey() {
            return label.endsWith("PRIVATE KEY");
        }

        /** Overwrites the content. */
        void wipe() {
            if (content != null) {
                Arrays.fill(content, (byte) 0);
            }
        }

        @Override
        public String toString() {
            return "Block[" + label + "]";
        }
    }

    /** Returns the blocks; empty if the text is no PEM. A block without an end is left out. */
    static List<Block> blocks(byte[] text) {
        List<Block> blocks = new ArrayList<>();
        int at = 0;
        while (true) {
            int begin = indexOf(text, BEGIN, at);
            int labelEnd = begin < 0 ? -1 : indexOf(text, DASHES, begin + BEGIN.length);
            if (labelEnd < 0) {
                return blocks;
            }
            String label = new String(
                    text, begin + BEGIN.length, labelEnd - begin - BEGIN.length, StandardCharsets.ISO_8859_1);
            int bodyStart = labelEnd + DASHES.length;
            int end = indexOf(text, ascii("-----END " + label + "-----"), bodyStart);
            if (end < 0) {
                return blocks;
            }
            blocks.add(new Block(label, decoded(Arrays.copyOfRange(text, bodyStart, end))));
            at = end + END.length;
        }
    }

    private static byte @Nullable [] decoded(byte[] body) {
        byte[] compact = new byte[body.length];
        int length = 0;
        for (byte b : body) {
            if (b > ' ') {
                compact[length++] = b;
            }
        }
        byte[] exact = Arrays.copyOf(compact, length);
        try {
            return Base64.getDecoder().decode(exact);
        } catch (IllegalArgumentException e) {
            return null;
        } finally {
            Arrays.fill(compact, (byte) 0);
            Arrays.fill(exact, (byte) 0);
            Arrays.fill(body, (byte) 0);
        }
    }

    /** Returns a block as PEM with a line end after each line. The caller wipes what holds a key. */
    static byte[] encoded(String label, byte[] content) {
        byte[] base64 = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encode(content);
        byte[] head = ascii("-----BEGIN " + label + "-----\n");
        byte[] foot = ascii("\n-----END " + label + "-----\n");
        byte[] all = new byte[head.length + base64.length + foot.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(base64, 0, all, head.length, base64.length);
        System.arraycopy(foot, 0, all, head.length + base64.length, foot.length);
        Arrays.fill(base64, (byte) 0);
        return all;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static int indexOf(byte[] text, byte[] sought, int from) {
        for (int i = from; i <= text.length - sought.length; i++) {
            if (Arrays.equals(text, i, i + sought.length, sought, 0, sought.length)) {
                return i;
            }
        }
        return -1;
    }
}
