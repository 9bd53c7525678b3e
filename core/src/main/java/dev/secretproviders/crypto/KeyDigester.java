package dev.secretproviders.crypto;

import dev.secretproviders.spi.Secret;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/**
 * Digests secrets with HMAC-SHA-256 (RFC 2104, FIPS 198-1) under a random key. The key leaves this object only to be
 * sealed for the next process (last-known-good). The credential index holds only such digests, so no client's key stays
 * in the heap in clear.
 *
 * <p>Thread-safe. The HMAC is computed here from the runtime's SHA-256, because {@code javax.crypto.Mac} leaves some
 * hundred bytes of garbage for each request.
 */
public final class KeyDigester {
    private static final String ALGORITHM = "SHA-256";
    /** The block size of SHA-256 in bytes. */
    private static final int BLOCK = 64;
    /** The longest secret that is copied, in bytes. */
    private static final int USUAL = 128;

    private static final byte INNER = 0x36;
    private static final byte OUTER = 0x5c;

    private final CountDownLatch settled;
    private final KeyHashes hashes = new KeyHashes(this);
    /** Stays when the key is replaced, since prints are not handed on. */
    private final NamePrint print = NamePrint.random();
    /** The key, and each thread's computation under it; replaced together. */
    private volatile Keyed keyed;

    /** The key, prepared for both passes of the HMAC. */
    private static final class Keyed {
        private final byte[] inner;
        private final byte[] outer;
        private final ThreadLocal<Pass> passes = ThreadLocal.withInitial(() -> new Pass(this));

        /** Prepares a key. The caller still owns the array. */
        Keyed(byte[] key) {
            inner = Arrays.copyOf(key, BLOCK);
            outer = Arrays.copyOf(key, BLOCK);
            for (int i = 0; i < BLOCK; i++) {
                inner[i] ^= INNER;
                outer[i] ^= OUTER;
            }
        }

        byte[] key() {
            byte[] key = Arrays.copyOf(inner, KeyDigest.BYTES);
            for (int i = 0; i < key.length; i++) {
                key[i] ^= INNER;
            }
            return key;
        }
    }

    private static final class Pass {
        final MessageDigest sha256;
        final byte[] out = new byte[KeyDigest.BYTES];
        final long[] digest = new long[KeyDigest.LONGS];
        final long[] print = new long[NamePrint.LONGS];
        /** The inner pad, and room for a usual secret: one update costs less than two. */
        private final byte[] inner;
        /** The outer pad, and room for the inner digest. */
        private final byte[] outer;
        /** A salt, and room for a digest. */
        final byte[] salted = new byte[SaltedDigest.SALT + KeyDigest.BYTES];

        Pass(Keyed keyed) {
            inner = Arrays.copyOf(keyed.inner, BLOCK + USUAL);
            outer = Arrays.copyOf(keyed.outer, BLOCK + KeyDigest.BYTES);
            try {
                sha256 = MessageDigest.getInstance(ALGORITHM);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
            }
        }

        /** Returns the digest, valid until the next call. */
        byte[] digest(Keyed keyed, byte[] bytes, int offset, int length) {
            try {
                if (length <= USUAL) {
                    System.arraycopy(bytes, offset, inner, BLOCK, length);
                    sha256.update(inner, 0, BLOCK + length);
                    Arrays.fill(inner, BLOCK, BLOCK + length, (byte) 0);
                } else {
                    sha256.update(keyed.inner);
                    sha256.update(bytes, offset, length);
                }
                int _ = sha256.digest(outer, BLOCK, KeyDigest.BYTES);
                sha256.update(outer);
                int _ = sha256.digest(out, 0, out.length);
                return out;
            } catch (DigestException e) {
                throw new IllegalStateException("a " + ALGORITHM + " has 32 bytes", e);
            }
        }

        /** Returns the digest of a salt and a digest, valid until the next call. Room for the salt is kept before it. */
        long[] salted(byte[] digest) {
            try {
                System.arraycopy(digest, 0, salted, SaltedDigest.SALT, KeyDigest.BYTES);
                sha256.update(salted);
                int _ = sha256.digest(out, 0, out.length);
                KeyDigest.read(out, this.digest);
                return this.digest;
            } catch (DigestException e) {
                throw new IllegalStateException("a " + ALGORITHM + " has 32 bytes", e);
            }
        }
    }

    /** Creates a digester with a new random key. */
    public KeyDigester() {
        this(new CountDownLatch(0));
    }

    private KeyDigester(CountDownLatch settled) {
        this.settled = settled;
        byte[] key = new byte[KeyDigest.BYTES];
        new SecureRandom().nextBytes(key);
        keyed = new Keyed(key);
        Arrays.fill(key, (byte) 0);
    }

    /** Returns a digester with a new random key, which may still be replaced by {@link #adopt}, until {@link #settle}. */
    public static KeyDigester unsettled() {
        return new KeyDigester(new CountDownLatch(1));
    }

    /**
     * Replaces the key by that of the previous process. Earlier digests become useless, so call this before any digest
     * is kept.
     *
     * @param key 32 bytes, still owned by the caller
     */
    public void adopt(Secret key) {
        if (key.length() != KeyDigest.BYTES) {
            throw new IllegalArgumentException("a digest key has 32 bytes");
        }
        keyed = key.use(Keyed::new);
    }

    /** Declares that no other key will be adopted, so that digests can be kept. */
    public void settle() {
        settled.countDown();
    }

    /**
     * Returns a digest of the secret's bytes that may be kept. Waits until the key is settled, since consumers may be
     * read before that. The resolver digests only afterwards.
     *
     * @throws IllegalStateException if this thread is interrupted; the interrupt status stays set
     */
    public KeyDigest digestToKeep(Secret secret) {
        try {
            settled.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the digest key", e);
        }
        return digestStored(secret);
    }

    /**
     * Returns a digest of a name that may be kept, as {@link #digestToKeep} does. It holds a print of the name too, unless
     * the name has the form of a hash, whose digest is not that of its text.
     */
    public KeyDigest nameToKeep(Secret name) {
        KeyDigest digest = digestToKeep(name);
        return name.use(bytes -> HashForm.is(bytes, 0, bytes.length)
                ? digest
                : new NameDigest(digest.toBytes(), printOf(bytes, 0, bytes.length)));
    }

    /** Returns the hashes that may be stored in place of keys. */
    public KeyHashes hashes() {
        return hashes;
    }

    /**
     * Returns the digest of a secret that is stored, not presented. If the secret is a hash of a key, this is not the
     * digest of its text, so that a client which presents the text has no valid key.
     */
    public KeyDigest digestStored(Secret secret) {
        return secret.use(
                bytes -> HashForm.is(bytes, 0, bytes.length) ? hashes.ofStored(bytes) : digest(bytes, 0, bytes.length));
    }

    /** Returns a copy of the key, only to be sealed for the next process. The caller closes it. */
    public Secret key() {
        return Secret.owning(keyed.key());
    }

    /** Returns the digest of the secret's bytes. */
    public KeyDigest digest(Secret secret) {
        return secret.use(bytes -> digest(bytes, 0, bytes.length));
    }

    /** Returns the digest of {@code length} bytes from {@code offset}. Does not change the array. */
    public KeyDigest digest(byte[] bytes, int offset, int length) {
        Keyed with = keyed;
        return new KeyDigest(with.passes.get().digest(with, bytes, offset, length));
    }

    /**
     * Does the same as {@link #digest(byte[], int, int)} without garbage.
     *
     * @return {@link KeyDigest#LONGS} numbers, valid until this thread calls the method again
     */
    public long[] digestOf(byte[] bytes, int offset, int length) {
        Keyed with = keyed;
        Pass pass = with.passes.get();
        KeyDigest.read(pass.digest(with, bytes, offset, length), pass.digest);
        return pass.digest;
    }

    /**
     * Returns the print of a name, without garbage. It tells nothing about the name without this process.
     *
     * @return valid until this thread calls the method again
     */
    public long[] printOf(byte[] bytes, int offset, int length) {
        long[] into = keyed.passes.get().print;
        print.write(bytes, offset, length, into);
        return into;
    }

    /** Returns the digest of a secret under a new salt, given its plain digest. */
    public SaltedDigest salted(KeyDigest digest) {
        byte[] salt = SaltedDigest.newSalt();
        Pass pass = keyed.passes.get();
        System.arraycopy(salt, 0, pass.salted, 0, salt.length);
        return new SaltedDigest(salt, pass.salted(digest.toBytes()));
    }

    /** Returns whether a salted digest is that of these bytes, in constant time and without garbage. */
    public boolean matches(SaltedDigest salted, byte[] bytes, int offset, int length) {
        Keyed with = keyed;
        Pass pass = with.passes.get();
        byte[] digest = pass.digest(with, bytes, offset, length);
        salted.writeSalt(pass.salted);
        return salted.is(pass.salted(digest));
    }
}
