package dev.secretproviders.crypto;

import dev.secretproviders.spi.Secret;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The hashes that may stand for a key at a secret manager: SHA-256, and HMAC-SHA-256 under named keys of the
 * configuration. Only a stored secret can be a hash. A text of this form that a client presents is never
 * one, see {@link KeyDigester#digestStored}.
 *
 * <p>Thread-safe.
 */
public final class KeyHashes {
    private static final String HMAC = "HmacSHA256";

    private final KeyDigester digester;
    private volatile List<NamedKey> keys = List.of();
    private volatile boolean stored;

    private record NamedKey(String name, SecretKeySpec key) {
        @Override
        public String toString() {
            return "NamedKey[" + name + "]";
        }
    }

    KeyHashes(KeyDigester digester) {
        this.digester = digester;
    }

    /**
     * Sets the named keys.
     *
     * @param named by name; the caller still owns them
     */
    public void name(Map<String, Secret> named) {
        List<NamedKey> all = new ArrayList<>();
        named.forEach((name, key) -> all.add(new NamedKey(name, key.use(bytes -> new SecretKeySpec(bytes, HMAC)))));
        keys = List.copyOf(all);
    }

    /** Returns whether a secret is a hash. */
    public static boolean isHash(Secret secret) {
        return secret.use(bytes -> HashForm.is(bytes, 0, bytes.length));
    }

    /** Returns whether there may be a hash among the stored secrets. Otherwise no key has to be hashed. */
    public boolean areStored() {
        return stored;
    }

    /** Declares that there may be a hash among the stored secrets. */
    public void noteStored() {
        stored = true;
    }

    /**
     * Returns the digest of a stored hash. It is the digest of the text's digest, which no text that a client presents
     * has.
     */
    KeyDigest ofStored(byte[] text) {
        stored = true;
        byte[] normal = HashForm.normal(text);
        byte[] once = digester.digest(normal, 0, normal.length).toBytes();
        return digester.digest(once, 0, once.length);
    }

    /**
     * Returns the digests that stored hashes of a presented key have; none if the key has the form of a hash itself.
     *
     * @param bytes holds the key; not changed
     */
    public List<KeyDigest> ofPresented(byte[] bytes, int offset, int length) {
        if (HashForm.is(bytes, offset, length)) {
            return List.of();
        }
        byte[] key = Arrays.copyOfRange(bytes, offset, offset + length);
        try {
            List<KeyDigest> digests = new ArrayList<>();
            digests.add(ofStored(HashForm.of(RuntimeSha256.of(key))));
            for (NamedKey named : keys) {
                Mac mac = Mac.getInstance(HMAC);
                mac.init(named.key());
                digests.add(ofStored(HashForm.of(named.name(), mac.doFinal(key))));
            }
            return digests;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no " + HMAC, e);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }
}
