package dev.secretproviders.accesslog;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/** Numbers and texts as compressed bytes. A small number takes one byte. */
final class Packed {
    private static final int LARGEST = 64 << 20;
    private static final int MORE = 0x80;
    private static final int BITS = 7;
    private static final int LONG_BITS = 64;

    private Packed() {}

    /** Collects numbers and texts. */
    static final class Writer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        /** Adds a number that is not negative. */
        Writer number(long number) {
            long rest = number;
            while (rest >= MORE) {
                bytes.write((int) (rest & (MORE - 1)) | MORE);
                rest >>>= BITS;
            }
            bytes.write((int) rest);
            return this;
        }

        /** Adds a text. */
        Writer text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            number(utf8.length);
            bytes.writeBytes(utf8);
            return this;
        }

        /** Returns everything, compressed. */
        byte[] compressed() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
                bytes.writeTo(deflater);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return out.toByteArray();
        }
    }

    /** Reads what a {@link Writer} collected. */
    static final class Reader {
        private final ByteBuffer bytes;

        /** @throws IOException if these bytes are not compressed ones */
        Reader(byte[] compressed) throws IOException {
            try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(compressed))) {
                this.bytes = ByteBuffer.wrap(in.readNBytes(LARGEST));
            }
        }

        /** @throws BufferUnderflowException if there is none */
        long number() {
            long number = 0;
            for (int shift = 0; shift < LONG_BITS; shift += BITS) {
                byte next = bytes.get();
                number |= (long) (next & (MORE - 1)) << shift;
                if (next >= 0) {
                    return number;
                }
            }
            throw new BufferUnderflowException();
        }

        /** Reads a number of things that follow, each of which takes a byte at least. */
        int count() {
            long count = number();
            if (count < 0 || count > bytes.remaining()) {
                throw new BufferUnderflowException();
            }
            return (int) count;
        }

        /** Reads a number from 0 to {@code most}. */
        int place(int most) {
            long place = number();
            if (place < 0 || place > most) {
                throw new BufferUnderflowException();
            }
            return (int) place;
        }

        /** @throws BufferUnderflowException if there is none */
        String text() {
            int length = count();
            String text = new String(bytes.array(), bytes.position(), length, StandardCharsets.UTF_8);
            bytes.position(bytes.position() + length);
            return text;
        }
    }
}
