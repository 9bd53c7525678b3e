package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision.Accept;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answer to an accepted request as its bytes. It is the answer to nearly every request, so it is made without anything but
 * the frame: no builder, no list, no bytes of a text. What it has in common with others is {@linkplain AcceptForm kept}. It is put
 * together in an array of its own and copied once, since each small write into a {@link ByteBuf} has its checks.
 *
 * <p>Belongs to one event loop; not thread-safe.
 */
final class AcceptEncoder {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle FRAME_HEADER =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private static final int UINT = 4;
    /** Where the message begins; everything in it is aligned to four bytes counted from there. */
    private static final int START = FrameType.HEADER_LENGTH;

    /** Enough for the routes of a gateway that differ in what they hide; a power of two. */
    private static final int KEPT_FORMS = 16;

    private static final int LONGEST_KEPT_FORM = 1 << 10;

    private static final int MOST_BYTES_OF_A_CHAR = 3;
    private static final int ASCII_END = 0x80;
    private static final int KEPT_LENGTH = 64 << 10;

    private final @Nullable AcceptForm[] forms = new AcceptForm[KEPT_FORMS];
    private byte[] bytes = new byte[1 << 10];

    /** Returns the frame; {@code id} holds the bits of the request's id. The answer changes something. */
    ByteBuf encode(ByteBufAllocator allocator, int id, Accept accept) {
        int headers = accept.headerCount();
        AcceptForm form = form(accept, headers);
        makeRoom(form, accept, headers);
        form.copyTo(bytes, START);
        INT.set(bytes, START + AcceptForm.ID_AT, id);
        int end = form.length();
        for (int i = 0; i < headers; i++) {
            int field = form.valueField(i);
            if (field != 0) {
                INT.set(bytes, START + field, end - field);
                end = text(end, String.valueOf(accept.headerValue(i)));
            }
        }
        if (end > FrameType.MAX_BODY_LENGTH) {
            throw new IllegalStateException("an answer of " + end + " bytes is too long for a frame");
        }
        FRAME_HEADER.set(bytes, 0, FrameType.HTTP_REQ_CALL << 24 | end);
        return allocator.ioBuffer(START + end).writeBytes(bytes, 0, START + end);
    }

    private AcceptForm form(Accept accept, int headers) {
        int values = 0;
        for (int i = 0; i < headers; i++) {
            values = values << 1 | (accept.headerValue(i) == null ? 0 : 1);
        }
        int slot = (values ^ headers * 5 ^ accept.removedArguments().size() << 3) & KEPT_FORMS - 1;
        AcceptForm kept = forms[slot];
        if (kept != null && kept.fits(accept, headers)) {
            return kept;
        }
        AcceptForm made = new AcceptForm(accept);
        // A longer one has names in it that clients made up.
        if (made.length() <= LONGEST_KEPT_FORM) {
            forms[slot] = made;
        }
        return made;
    }

    private void makeRoom(AcceptForm form, Accept accept, int headers) {
        long most = (long) START + form.length();
        for (int i = 0; i < headers; i++) {
            String value = accept.headerValue(i);
            if (value != null) {
                most += 2 * UINT + MOST_BYTES_OF_A_CHAR * (long) value.length();
            }
        }
        if (most > bytes.length) {
            if (most > MOST_BYTES_OF_A_CHAR * (long) FrameType.MAX_BODY_LENGTH) {
                throw new IllegalStateException("an answer of " + most + " bytes is too long for a frame");
            }
            bytes = new byte[(int) most];
        } else if (bytes.length > KEPT_LENGTH) {
            bytes = new byte[(int) most];
        }
    }

    /** Writes a text with the zero byte that FlatBuffers wants, and returns where the next thing goes. */
    private int text(int at, String text) {
        int from = START + at + UINT;
        int length = ascii(from, text);
        if (length < 0) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            length = utf8.length;
            System.arraycopy(utf8, 0, bytes, from, length);
        }
        INT.set(bytes, START + at, length);
        int end = at + AcceptForm.textSize(length);
        for (int i = from + length; i < START + end; i++) {
            bytes[i] = 0;
        }
        return end;
    }

    /** Writes the characters of a text as a byte each and returns how many they are; -1 if that cannot be done. */
    private int ascii(int from, String text) {
        byte[] target = bytes;
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= ASCII_END) {
                return -1;
            }
            target[from + i] = (byte) c;
        }
        return length;
    }
}
