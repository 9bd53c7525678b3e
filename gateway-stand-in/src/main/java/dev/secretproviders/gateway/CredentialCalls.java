package dev.secretproviders.gateway;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The bodies of the companion's calls about credentials that are more than a key. */
public final class CredentialCalls {
    private CredentialCalls() {}

    /** Returns a call about a user name and a password. */
    public static byte[] basic(String username, String password) {
        return of(1, username, password);
    }

    /**
     * Returns a call about a token.
     *
     * @param claims the claims to verify, joined by commas; empty for those that the token has
     */
    public static byte[] jwt(String token, String keyClaim, String claims) {
        return of(2, token, keyClaim, claims);
    }

    /**
     * Returns a call about a signature.
     *
     * @param text what was signed
     * @param signature in base64
     * @param replayWindow seconds in which a signature counts once; empty if it may count again
     */
    public static byte[] hmac(String keyId, String algorithm, String text, String signature, String replayWindow) {
        return of(3, keyId, algorithm, text, signature, replayWindow);
    }

    /**
     * Returns a call about values for upstreams.
     *
     * @param json the configuration of the route
     * @param consumer the request's consumer, or empty
     */
    public static byte[] values(String json, String consumer) {
        return of(1, json, consumer);
    }

    /** Returns a report of no uses. */
    public static byte[] uses() {
        return of(1);
    }

    /**
     * Returns a report with the uses of one more credential.
     *
     * @param report what this or {@link #uses()} returned
     * @param kind 0 for a key, otherwise as in the calls above
     * @param id the credential's, or empty
     */
    public static byte[] uses(byte[] report, int kind, String consumer, String id, int current, int previous) {
        byte[] fields = of(0, consumer, id);
        return ByteBuffer.allocate(report.length + fields.length - 1 + 3 * Integer.BYTES)
                .put(report)
                .putInt(kind)
                .put(fields, 1, fields.length - 1)
                .putInt(current)
                .putInt(previous)
                .array();
    }

    /** Returns a call of any kind, with any fields. */
    public static byte[] of(int kind, String... fields) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(kind);
        for (String field : fields) {
            byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
            body.writeBytes(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            body.writeBytes(bytes);
        }
        return body.toByteArray();
    }
}
