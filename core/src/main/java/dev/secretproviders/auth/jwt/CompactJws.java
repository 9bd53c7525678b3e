package dev.secretproviders.auth.jwt;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * A signed token in compact form (RFC 7515, section 7.1), split but not verified: three parts of base64url without
 * padding, of which the first is a JSON object. It refers to the caller's array.
 *
 * <p>Immutable. Nothing in it is trusted before {@link JwtKeys#verify} says so.
 */
final class CompactJws {
    /** The longest token in bytes. nginx accepts no longer header or query, so a longer one cannot be valid. */
    static final int LONGEST = 64 * 1024;

    /** The characters of base64url in the order of their values. */
    private static final String SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static final int LONGEST_KNOWN_HEADER = 256;
    private static final AtomicReferenceArray<@Nullable KnownHeader> HEADERS = new AtomicReferenceArray<>(64);

    private final byte[] bytes;
    private final int offset;
    private final int signedLength;
    private final Header header;
    private final byte[] payload;
    private final byte @Nullable [] signature;

    /**
     * What the header says.
     *
     * @param algorithm null if the header names none that we know
     * @param keyId null if there is none
     * @param critical whether the token demands that extensions are understood; we know none
     */
    record Header(
            @Nullable JwtAlgorithm algorithm, @Nullable String keyId, boolean critical) {}

    /** A header, and the bytes of a token that say so. */
    @SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
    private record KnownHeader(byte[] bytes, Header header) {}

    private CompactJws(
            byte[] bytes, int offset, int signedLength, Header header, byte[] payload, byte @Nullable [] signature) {
        this.bytes = bytes;
        this.offset = offset;
        this.signedLength = signedLength;
        this.header = header;
        this.payload = payload;
        this.signature = signature;
    }

    /**
     * Splits a token.
     *
     * @param bytes holds the token; must not change while the result is used
     * @return null if it is no such token
     */
    static @Nullable CompactJws parse(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int first = length > LONGEST ? -1 : dot(bytes, offset, end);
        int second = first < 0 ? -1 : dot(bytes, first + 1, end);
        // An empty signature is one of "alg":"none". A fourth part belongs to an encrypted token.
        if (second < 0 || second + 1 == end || dot(bytes, second + 1, end) >= 0) {
            return null;
        }
        Header header = header(bytes, offset, first);
        byte[] payload = decode(bytes, first + 1, second);
        return header == null || payload == null
                ? null
                : new CompactJws(bytes, offset, second - offset, header, payload, decode(bytes, second + 1, end));
    }

    private static int dot(byte[] bytes, int from, int end) {
        for (int i = from; i < end; i++) {
            if (bytes[i] == '.') {
                return i;
            }
        }
        return -1;
    }

    /** Decodes base64url without padding (RFC 7515, section 2); returns null for anything else. */
    private static byte @Nullable [] decode(byte[] bytes, int from, int end) {
        // The runtime's decoder accepts padding, and bits at the end that no byte uses.
        if (end > from && (bytes[end - 1] == '=' || hasUnusedBits(bytes[end - 1], (end - from) % 4))) {
            return null;
        }
        try {
            ByteBuffer decoded = Base64.getUrlDecoder().decode(ByteBuffer.wrap(bytes, from, end - from));
            byte[] array = decoded.array();
            return array.length == decoded.limit() ? array : Arrays.copyOf(array, decoded.limit());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * Returns whether bits are set that belong to no byte. Every encoder leaves them zero, so that one signature has one
     * form.
     *
     * @param symbols how many characters the last group has
     */
    private static boolean hasUnusedBits(byte last, int symbols) {
        int value = SYMBOLS.indexOf(last);
        return switch (symbols) {
            case 2 -> (value & 0xf) != 0;
            case 3 -> (value & 0x3) != 0;
            default -> false;
        };
    }

    /** Reads a header, unless one like it was just read: almost all tokens have one of few headers. */
    private static @Nullable Header header(byte[] bytes, int from, int end) {
        int hash = end - from;
        for (int i = from; i < end; i++) {
            hash = 31 * hash + bytes[i];
        }
        int place = (hash ^ hash >>> 16) & HEADERS.length() - 1;
        KnownHeader known = HEADERS.getAcquire(place);
        if (known != null && Arrays.equals(known.bytes(), 0, known.bytes().length, bytes, from, end)) {
            return known.header();
        }
        Header read = header(decode(bytes, from, end));
        if (read != null && end - from <= LONGEST_KNOWN_HEADER) {
            HEADERS.setRelease(place, new KnownHeader(Arrays.copyOfRange(bytes, from, end), read));
        }
        return read;
    }

    private static @Nullable Header header(byte @Nullable [] bytes) {
        String json = bytes == null ? null : StrictJson.utf8(bytes);
        if (json == null) {
            return null;
        }
        String algorithm = null;
        String keyId = null;
        boolean critical = false;
        try (JsonParser parser = StrictJson.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "alg" -> algorithm = value == JsonToken.VALUE_STRING ? parser.getString() : null;
                    case "kid" -> keyId = value == JsonToken.VALUE_STRING ? parser.getString() : null;
                    case "crit" -> critical = true;
                    default -> {}
                }
                parser.skipChildren();
            }
            if (parser.nextToken() != null) {
                return null;
            }
        } catch (JacksonException e) {
            return null;
        }
        return new Header(
                algorithm == null ? null : JwtAlgorithm.named(algorithm).orElse(null), keyId, critical);
    }

    Header header() {
        return header;
    }

    /** Returns the decoded payload. */
    byte[] payload() {
        return payload;
    }

    /** Returns whether this verifier confirms the signature. */
    boolean signedFor(JwtVerifier verifier) {
        byte[] presented = signature;
        return presented != null && verifier.verify(bytes, offset, signedLength, presented);
    }
}
