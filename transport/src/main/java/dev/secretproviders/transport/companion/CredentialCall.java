package dev.secretproviders.transport.companion;

import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.transport.wire.MalformedFrameException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The body of a call about a credential that is more than a key ({@code docs/reference/companion-protocol.md}): a kind,
 * and fields in order. Not thread-safe.
 */
public final class CredentialCall {
    /** A user name and a password. */
    private static final int BASIC = 1;
    /** A token, and what a route demands of it. */
    private static final int JWT = 2;
    /** A signature, and what was signed. */
    private static final int HMAC = 3;

    /** In a call about values: a configuration, and a consumer's name. */
    public static final int CONFIGURATION = 1;
    /** In a report of uses: any number of credentials with their uses. */
    public static final int USES = 1;
    /** In a report of uses: a key. */
    private static final int KEY = 0;

    private static final int LENGTH_BYTES = 4;
    private static final int MOST_DIGITS = 10;

    private final byte[] body;
    private final int length;
    private int at = 1;

    /**
     * Begins to read a call.
     *
     * @param body an array that begins with the body
     * @param length the length of the body in bytes
     */
    public CredentialCall(byte[] body, int length) {
        this.body = body;
        this.length = length;
    }

    /**
     * Returns the first byte, which says what the fields are.
     *
     * @throws MalformedFrameException if the body is empty
     */
    public int kind() throws MalformedFrameException {
        if (length == 0) {
            throw unknown();
        }
        return body[0];
    }

    /**
     * Returns the kind of the credential.
     *
     * @throws MalformedFrameException if there is no such kind
     */
    public CredentialKind credential() throws MalformedFrameException {
        return switch (kind()) {
            case BASIC -> CredentialKind.BASIC_AUTH;
            case JWT -> CredentialKind.JWT_AUTH;
            case HMAC -> CredentialKind.HMAC_AUTH;
            default -> throw unknown();
        };
    }

    /**
     * Returns the next number as the kind of a credential in a report of uses.
     *
     * @throws MalformedFrameException if it is missing, or if there is no such kind
     */
    public CredentialKind usedKind() throws MalformedFrameException {
        return switch ((int) number()) {
            case KEY -> CredentialKind.KEY_AUTH;
            case BASIC -> CredentialKind.BASIC_AUTH;
            case JWT -> CredentialKind.JWT_AUTH;
            default -> throw unknown();
        };
    }

    /**
     * Returns a copy of the next field.
     *
     * @throws MalformedFrameException if there is none, or if it does not end within the body
     */
    public byte[] field() throws MalformedFrameException {
        int begin = at + LENGTH_BYTES;
        if (begin > length) {
            throw new MalformedFrameException("a field is missing");
        }
        int size = body[at] << 24 | (body[at + 1] & 0xff) << 16 | (body[at + 2] & 0xff) << 8 | (body[at + 3] & 0xff);
        if (size < 0 || size > length - begin) {
            throw new MalformedFrameException("a field is longer than the frame");
        }
        at = begin + size;
        return Arrays.copyOfRange(body, begin, at);
    }

    /**
     * Returns the next field as text.
     *
     * @throws MalformedFrameException if there is none, or if it does not end within the body
     */
    public String text() throws MalformedFrameException {
        return new String(field(), StandardCharsets.UTF_8);
    }

    /**
     * Returns the next field as a number of seconds; 0 if it is empty.
     *
     * @throws MalformedFrameException if it is no whole number of at most ten digits
     */
    public long seconds() throws MalformedFrameException {
        byte[] digits = field();
        if (digits.length > MOST_DIGITS) {
            throw new MalformedFrameException("a number is too long");
        }
        long seconds = 0;
        for (byte digit : digits) {
            if (digit < '0' || digit > '9') {
                throw new MalformedFrameException("not a number");
            }
            seconds = 10 * seconds + digit - '0';
        }
        return seconds;
    }

    /** Returns whether something follows that was not read. */
    public boolean more() {
        return at != length;
    }

    /**
     * Returns the next four bytes as a number without sign.
     *
     * @throws MalformedFrameException if they are missing
     */
    public long number() throws MalformedFrameException {
        if (at + LENGTH_BYTES > length) {
            throw new MalformedFrameException("a number is missing");
        }
        long number = Integer.toUnsignedLong(
                body[at] << 24 | (body[at + 1] & 0xff) << 16 | (body[at + 2] & 0xff) << 8 | (body[at + 3] & 0xff));
        at += LENGTH_BYTES;
        return number;
    }

    /**
     * Ends the reading.
     *
     * @throws MalformedFrameException if something follows the last field
     */
    public void end() throws MalformedFrameException {
        if (at != length) {
            throw new MalformedFrameException("something follows the last field");
        }
    }

    /** Returns the exception for a kind that is not known. */
    public MalformedFrameException unknown() {
        return new MalformedFrameException("unknown kind of credential");
    }
}
