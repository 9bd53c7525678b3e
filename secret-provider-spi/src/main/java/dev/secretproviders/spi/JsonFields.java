package dev.secretproviders.spi;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the top-level strings, numbers and booleans of a JSON object (RFC 8259). The buffers that values pass through are wiped. Not
 * thread-safe.
 */
final class JsonFields {
    /** Deeper values and longer numbers are refused, as by the usual libraries. */
    private static final int DEEPEST = 500;

    private static final int LONGEST_NUMBER = 1_000;

    private final char[] text;
    private final Map<String, Secret> fields = new LinkedHashMap<>();
    private int position;

    private JsonFields(char[] text) {
        this.text = text;
    }

    /** Returns the fields; none if the bytes are no JSON object. The caller closes them. */
    static Map<String, Secret> read(byte[] utf8) {
        if (!startsLikeObject(utf8)) {
            return Map.of();
        }
        CharBuffer decoded;
        try {
            decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
        } catch (CharacterCodingException e) {
            return Map.of();
        }
        JsonFields reader = new JsonFields(Arrays.copyOf(decoded.array(), decoded.limit()));
        Arrays.fill(decoded.array(), '\0');
        try {
            reader.document();
            return reader.fields;
        } catch (MalformedException e) {
            reader.fields.values().forEach(Secret::close);
            return Map.of();
        } finally {
            Arrays.fill(reader.text, '\0');
        }
    }

    private static boolean startsLikeObject(byte[] bytes) {
        for (byte b : bytes) {
            if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
                return b == '{';
            }
        }
        return false;
    }

    /** The text is no JSON. It has no message, since any could quote a secret. */
    private static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException() {
            super(null, null, false, false);
        }
    }

    private void document() throws MalformedException {
        skipSpace();
        object(0);
        skipSpace();
        if (position < text.length) {
            throw new MalformedException();
        }
    }

    /** Reads an object; one at depth 0 is the one whose fields are kept. */
    private void object(int depth) throws MalformedException {
        expect('{');
        skipSpace();
        if (accept('}')) {
            return;
        }
        do {
            skipSpace();
            String name = new String(string());
            skipSpace();
            expect(':');
            if (depth > 0) {
                value(depth);
            } else {
                field(name);
            }
            skipSpace();
        } while (accept(','));
        expect('}');
    }

    /** Of fields with the same name the last one counts. */
    private void field(String name) throws MalformedException {
        Secret before = fields.remove(name);
        if (before != null) {
            before.close();
        }
        skipSpace();
        int start = position;
        char first = current();
        if (first == '"') {
            fields.put(name, utf8(string()));
            return;
        }
        value(0);
        if (first != '{' && first != '[' && first != 'n') {
            char[] literal = Arrays.copyOfRange(text, start, position);
            fields.put(name, utf8(first == 't' || first == 'f' ? literal : number(literal)));
        }
    }

    /** Returns a number as the usual libraries print it: one with a fraction or an exponent as a double. */
    private static char[] number(char[] literal) {
        CharBuffer plain = CharBuffer.wrap(literal);
        if (plain.chars().anyMatch(c -> c == '.' || c == 'e' || c == 'E')) {
            return Double.toString(Double.parseDouble(plain.toString())).toCharArray();
        }
        return literal.length == 2 && literal[0] == '-' && literal[1] == '0' ? new char[] {'0'} : literal;
    }

    private static Secret utf8(char[] value) {
        CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPLACE);
        // No character takes more than three bytes.
        ByteBuffer encoded = ByteBuffer.allocate(3 * value.length);
        CoderResult result = encoder.encode(CharBuffer.wrap(value), encoded, true);
        if (result.isError() || result.isOverflow() || !encoder.flush(encoded).isUnderflow()) {
            throw new IllegalStateException("every text has UTF-8");
        }
        byte[] bytes = Arrays.copyOf(encoded.array(), encoded.position());
        Arrays.fill(encoded.array(), (byte) 0);
        Arrays.fill(value, '\0');
        return Secret.owning(bytes);
    }

    private void value(int depth) throws MalformedException {
        if (depth >= DEEPEST) {
            throw new MalformedException();
        }
        skipSpace();
        switch (current()) {
            case '{' -> object(depth + 1);
            case '[' -> array(depth + 1);
            case '"' -> Arrays.fill(string(), '\0');
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> skipNumber();
        }
    }

    private void array(int depth) throws MalformedException {
        expect('[');
        skipSpace();
        if (accept(']')) {
            return;
        }
        do {
            value(depth);
            skipSpace();
        } while (accept(','));
        expect(']');
    }

    private char[] string() throws MalformedException {
        expect('"');
        int end = position;
        while (end < text.length && text[end] != '"') {
            end += text[end] == '\\' ? 2 : 1;
        }
        char[] value = new char[Math.max(0, Math.min(end, text.length) - position)];
        int length = 0;
        while (!accept('"')) {
            char c = next();
            if (c < ' ') {
                throw new MalformedException();
            }
            value[length++] = c == '\\' ? escaped() : c;
        }
        char[] exact = Arrays.copyOf(value, length);
        Arrays.fill(value, '\0');
        return exact;
    }

    private char escaped() throws MalformedException {
        return switch (next()) {
            case '"' -> '"';
            case '\\' -> '\\';
            case '/' -> '/';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    char c = next();
                    int digit = c < 0x80 ? Character.digit(c, 16) : -1;
                    if (digit < 0) {
                        throw new MalformedException();
                    }
                    code = code << 4 | digit;
                }
                yield (char) code;
            }
            default -> throw new MalformedException();
        };
    }

    private void skipNumber() throws MalformedException {
        int start = position;
        boolean _ = accept('-');
        if (!accept('0')) {
            digits();
        }
        if (accept('.')) {
            digits();
        }
        if (accept('e') || accept('E')) {
            if (!accept('+')) {
                boolean _ = accept('-');
            }
            digits();
        }
        if (position - start > LONGEST_NUMBER) {
            throw new MalformedException();
        }
    }

    private void digits() throws MalformedException {
        int start = position;
        while (position < text.length && text[position] >= '0' && text[position] <= '9') {
            position++;
        }
        if (position == start) {
            throw new MalformedException();
        }
    }

    private void word(String expected) throws MalformedException {
        for (int i = 0; i < expected.length(); i++) {
            expect(expected.charAt(i));
        }
    }

    private void skipSpace() {
        while (position < text.length && " \t\r\n".indexOf(text[position]) >= 0) {
            position++;
        }
    }

    private char current() throws MalformedException {
        if (position >= text.length) {
            throw new MalformedException();
        }
        return text[position];
    }

    private char next() throws MalformedException {
        char c = current();
        position++;
        return c;
    }

    private boolean accept(char c) {
        if (position < text.length && text[position] == c) {
            position++;
            return true;
        }
        return false;
    }

    private void expect(char c) throws MalformedException {
        if (!accept(c)) {
            throw new MalformedException();
        }
    }
}
