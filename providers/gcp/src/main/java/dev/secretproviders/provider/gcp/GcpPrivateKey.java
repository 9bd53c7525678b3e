package dev.secretproviders.provider.gcp;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/** Reads a service account's private key without a {@code String} of it, which the library would make. */
final class GcpPrivateKey {
    private static final byte[] BEGIN = "-----BEGIN PRIVATE KEY-----".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "-----END PRIVATE KEY-----".getBytes(StandardCharsets.US_ASCII);

    private GcpPrivateKey() {}

    /**
     * Reads PEM. Its line breaks may be written as {@code \n}, as they stand in Google's JSON file and often in environment
     * variables.
     *
     * @throws ProviderException of kind {@code AUTHENTICATION} if it is none
     */
    static PrivateKey read(String email, Secret pem) throws ProviderException {
        byte[] base64 = pem.use(GcpPrivateKey::body);
        byte[] der = {};
        try {
            der = Base64.getDecoder().decode(base64);
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Dropped: it may quote the key.
            throw new ProviderException(
                    Kind.AUTHENTICATION,
                    "private_key of '" + email + "' is no RSA key in PEM (PKCS #8, -----BEGIN PRIVATE KEY-----)");
        } finally {
            Arrays.fill(base64, (byte) 0);
            Arrays.fill(der, (byte) 0);
        }
    }

    /** Returns what stands between the two lines, without white space; empty if they are not there. */
    private static byte[] body(byte[] pem) {
        int start = indexOf(pem, BEGIN, 0) + BEGIN.length;
        int end = start < BEGIN.length ? -1 : indexOf(pem, END, start);
        byte[] body = new byte[Math.max(0, end - start)];
        int length = 0;
        for (int i = start; i < end; i++) {
            if (pem[i] == '\\' && (pem[i + 1] == 'n' || pem[i + 1] == 'r')) {
                i++;
            } else if (pem[i] > ' ') {
                body[length++] = pem[i];
            }
        }
        byte[] exact = Arrays.copyOf(body, length);
        Arrays.fill(body, (byte) 0);
        return exact;
    }

    private static int indexOf(byte[] text, byte[] part, int from) {
        for (int i = from; i <= text.length - part.length; i++) {
            if (Arrays.equals(text, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        return -1;
    }
}
