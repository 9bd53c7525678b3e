package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.ListedRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Requests that a client signs, over their target and date. */
final class SignedRequest {
    static final String DATE = "Thu, 01 Jan 1970 00:16:40 GMT";
    static final long NOW = 1000;

    private SignedRequest() {}

    static ListedRequest get(String keyId, String secret) {
        return get(keyId, secret, "/");
    }

    static ListedRequest get(String keyId, String secret, String target) {
        return signed("GET", keyId, secret, target);
    }

    /** Returns a request with a body and its digest. */
    static ListedRequest post(String keyId, String secret, String body) {
        return signed("POST", keyId, secret, "/")
                .withBody(body)
                .header("digest", "SHA-256=" + base64(sha256(body.getBytes(StandardCharsets.UTF_8))));
    }

    private static ListedRequest signed(String method, String keyId, String secret, String target) {
        String text = keyId + "\n" + method + " " + target + "\ndate: " + DATE + "\n";
        return new ListedRequest()
                .method(method)
                .target(target)
                .header("date", DATE)
                .header(
                        "authorization",
                        "Signature keyId=\"" + keyId
                                + "\",algorithm=\"hmac-sha256\",headers=\"@request-target date\",signature=\""
                                + signature(secret, text) + "\"");
    }

    static String signature(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return base64(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
