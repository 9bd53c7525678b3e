package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision.Accept;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What answers to accepted requests have in common if they set and remove the same headers and arguments: all bytes but the id and
 * the values. An HTTPReqCall.Resp with a Rewrite in it, after the frame's header; the values follow it.
 *
 * <p>Source: FlatBuffers internals, "Format" (see {@link FlatReader}), and {@code ext-plugin.fbs} of apache/apisix's plugin protocol.
 * Offsets lead forward; a table leads back to its vtable by a signed distance. Everything is aligned to four bytes. Immutable.
 */
final class AcceptForm {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int UINT = 4;
    private static final byte REWRITE = 2;

    /*
     * Before the texts, after the root's offset: the vtables, then the tables.
     * Resp {id, action_type, action}; Rewrite {path, headers, args}; TextEntry {name, value}, and the same without value.
     */
    private static final int RESP_VTABLE = UINT;
    private static final int REWRITE_VTABLE = RESP_VTABLE + 12;
    private static final int ENTRY_VTABLE = REWRITE_VTABLE + 12;
    private static final int REMOVAL_VTABLE = ENTRY_VTABLE + 8;
    private static final int RESP = REMOVAL_VTABLE + 8;
    private static final int RESP_SIZE = 16;
    private static final int REWRITE_AT = RESP + RESP_SIZE;
    private static final int REWRITE_SIZE = 12;
    private static final int HEADERS = 4;
    private static final int ARGUMENTS = 8;
    private static final int VECTORS = REWRITE_AT + REWRITE_SIZE;
    private static final int ENTRY_SIZE = 12;
    private static final int REMOVAL_SIZE = 8;

    /** Where the id goes. */
    static final int ID_AT = RESP + 4;

    private final String[] names;
    private final List<String> arguments;
    /** Of each header: where the offset of its value goes, 0 if it is removed. */
    private final int[] valueFields;

    private byte[] bytes;

    /** Makes the form of an answer. */
    AcceptForm(Accept accept) {
        int headers = accept.headerCount();
        names = new String[headers];
        valueFields = new int[headers];
        arguments = accept.removedArguments();
        bytes = new byte[VECTORS];
        fixedPart(headers > 0, !arguments.isEmpty());
        int argumentsAt = VECTORS + vectorSize(headers);
        int end = argumentsAt + vectorSize(arguments.size());
        bytes = Arrays.copyOf(bytes, end);
        vector(VECTORS, headers, REWRITE_AT + HEADERS);
        for (int i = 0; i < headers; i++) {
            names[i] = accept.headerName(i);
            if (accept.headerValue(i) != null) {
                valueFields[i] = end + 2 * UINT;
            }
            end = entry(VECTORS, i, end, names[i], valueFields[i] != 0);
        }
        vector(argumentsAt, arguments.size(), REWRITE_AT + ARGUMENTS);
        for (int i = 0; i < arguments.size(); i++) {
            end = entry(argumentsAt, i, end, arguments.get(i), false);
        }
    }

    /** Returns whether an answer has this form. One that has, but with other objects for the same texts, may be told to have not. */
    boolean fits(Accept accept, int headers) {
        if (headers != names.length || !isSame(arguments, accept.removedArguments())) {
            return false;
        }
        for (int i = 0; i < headers; i++) {
            if (!isSame(names[i], accept.headerName(i)) || valueFields[i] == 0 != (accept.headerValue(i) == null)) {
                return false;
            }
        }
        return true;
    }

    /** To compare the texts would cost more than the form saves. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(Object one, @Nullable Object other) {
        return one == other;
    }

    int length() {
        return bytes.length;
    }

    /** Returns where the offset of a header's value goes, 0 if the header is removed. */
    int valueField(int header) {
        return valueFields[header];
    }

    void copyTo(byte[] target, int from) {
        System.arraycopy(bytes, 0, target, from, bytes.length);
    }

    private void fixedPart(boolean headers, boolean arguments) {
        offset(0, RESP);
        // Resp: id at 4, action at 8, action_type at 12; two bytes to fill up.
        shorts(RESP_VTABLE, 10, RESP_SIZE, 4, 12, 8);
        // Rewrite: no path, headers at 4, args at 8; a field that is not there is at 0.
        shorts(REWRITE_VTABLE, 10, REWRITE_SIZE, 0, headers ? HEADERS : 0, arguments ? ARGUMENTS : 0);
        shorts(ENTRY_VTABLE, 8, ENTRY_SIZE, 4, 8);
        shorts(REMOVAL_VTABLE, 8, REMOVAL_SIZE, 4, 0);
        put(RESP, RESP - RESP_VTABLE);
        offset(RESP + 8, REWRITE_AT);
        put(RESP + 12, REWRITE);
        put(REWRITE_AT, REWRITE_AT - REWRITE_VTABLE);
    }

    private void shorts(int at, int size, int tableSize, int first, int second) {
        put(at, size | tableSize << Short.SIZE);
        put(at + 4, first | second << Short.SIZE);
    }

    private void shorts(int at, int size, int tableSize, int first, int second, int third) {
        shorts(at, size, tableSize, first, second);
        put(at + 8, third);
    }

    private static int vectorSize(int count) {
        return count == 0 ? 0 : UINT + UINT * count;
    }

    /** Starts the vector at {@code at}, which the field at {@code field} leads to. */
    private void vector(int at, int count, int field) {
        if (count > 0) {
            offset(field, at);
            put(at, count);
        }
    }

    /** Writes element {@code index} of a vector, its name behind it, and returns where the next one goes. */
    private int entry(int vector, int index, int at, String name, boolean hasValue) {
        int nameAt = at + (hasValue ? ENTRY_SIZE : REMOVAL_SIZE);
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        int end = nameAt + textSize(text.length);
        bytes = Arrays.copyOf(bytes, end);
        offset(vector + UINT + UINT * index, at);
        put(at, at - (hasValue ? ENTRY_VTABLE : REMOVAL_VTABLE));
        offset(at + UINT, nameAt);
        put(nameAt, text.length);
        System.arraycopy(text, 0, bytes, nameAt + UINT, text.length);
        return end;
    }

    /** Returns the bytes of a text with its length, the zero byte that FlatBuffers wants, and what fills it up. */
    static int textSize(int length) {
        return UINT + (length + 1 + UINT - 1 & -UINT);
    }

    private void put(int at, int value) {
        INT.set(bytes, at, value);
    }

    private void offset(int from, int to) {
        put(from, to - from);
    }
}
