package dev.secretproviders.crypto;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals records. Each record is sealed under a fresh data key with AES-256-GCM, and the current master key wraps the
 * data key (AES key wrap, SP 800-38F). The associated data bind the record to its label, so that no record can replace
 * another. Each data key seals only one record, so the module's random 96-bit IV never repeats under a key.
 *
 * <p>Layout: {@code SPS1} (4 bytes), id of the master key (8), wrapped data key (40), IV (12), ciphertext with tag (16
 * more than the plaintext). Everything is authenticated together with the label, except the wrapped key and the master
 * key's id, which {@link #rewrap} changes. The wrapped key authenticates itself.
 *
 * <p>Thread-safe.
 */
public final class Sealer {
    private static final byte[] MAGIC = "SPS1".getBytes(StandardCharsets.US_ASCII);
    private static final int ID = 8;
    private static final int DATA_KEY = 32;
    private static final int WRAPPED = DATA_KEY + 8;
    private static final int IV = 12;
    private static final int TAG_BITS = 128;
    private static final int HEADER = 4 + ID + WRAPPED + IV;
    private static final String WRAPPING = "wrap";

    private final MasterKeyring keyring;
    private final Provider provider;

    /** Creates a sealer. */
    public Sealer(MasterKeyring keyring) {
        this.keyring = keyring;
        this.provider = FipsModule.load().provider();
    }

    /** Seals a record under the current master key. */
    public byte[] seal(String label, byte[] plain) {
        byte[] dataKey = new byte[DATA_KEY];
        FipsModule.load().random().nextBytes(dataKey);
        MasterKey master = keyring.current();
        try {
            SecretKey key = new SecretKeySpec(dataKey, "AES");
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", provider);
            cipher.init(Cipher.ENCRYPT_MODE, key, FipsModule.load().random());
            cipher.updateAAD(MAGIC);
            cipher.updateAAD(label.getBytes(StandardCharsets.UTF_8));
            byte[] ciphertext = cipher.doFinal(plain);
            ByteArrayOutputStream sealed = new ByteArrayOutputStream(HEADER + ciphertext.length);
            sealed.writeBytes(MAGIC);
            sealed.writeBytes(HexFormat.of().parseHex(master.id()));
            sealed.writeBytes(wrap(master, key));
            sealed.writeBytes(cipher.getIV());
            sealed.writeBytes(ciphertext);
            return sealed.toByteArray();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the FIPS module refuses to seal", e);
        } finally {
            Arrays.fill(dataKey, (byte) 0);
        }
    }

    /**
     * Opens a record. The caller wipes the returned bytes.
     *
     * @throws UnsealException if the record's master key is unknown, or if the record was changed or sealed under
     *     another label
     */
    public byte[] open(String label, byte[] sealed) throws UnsealException {
        SecretKey key = dataKey(label, sealed);
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", provider);
            cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, sealed, HEADER - IV, IV));
            cipher.updateAAD(MAGIC);
            cipher.updateAAD(label.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(sealed, HEADER, sealed.length - HEADER);
        } catch (GeneralSecurityException e) {
            throw damaged(label);
        }
    }

    /** Returns the public name of the current master key. */
    public String currentKey() {
        return keyring.currentId();
    }

    /** Returns whether the record is sealed under the current master key. */
    public boolean current(byte[] sealed) {
        return sealed.length >= HEADER
                && masterId(sealed).equals(keyring.current().id());
    }

    /**
     * Wraps the record's data key with the current master key, without decrypting the content.
     *
     * @throws UnsealException as {@link #open}
     */
    public byte[] rewrap(String label, byte[] sealed) throws UnsealException {
        SecretKey key = dataKey(label, sealed);
        MasterKey master = keyring.current();
        byte[] fresh = sealed.clone();
        ByteBuffer.wrap(fresh, MAGIC.length, ID + WRAPPED)
                .put(HexFormat.of().parseHex(master.id()))
                .put(wrap(master, key));
        return fresh;
    }

    /** Returns the exception for bytes that this version did not seal: a later one did, or they are damaged. */
    private static UnsealException ofAnotherForm(String label, byte[] sealed) {
        String form = new String(sealed, 0, MAGIC.length, StandardCharsets.US_ASCII);
        return form.matches("SPS[2-9]")
                ? new UnsealException(label + " is sealed in the form " + form
                        + ", and this version of secret-providers opens SPS1 only: use a later version")
                : damaged(label);
    }

    private SecretKey dataKey(String label, byte[] sealed) throws UnsealException {
        if (sealed.length < HEADER + TAG_BITS / 8) {
            throw damaged(label);
        }
        if (!Arrays.equals(sealed, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw ofAnotherForm(label, sealed);
        }
        MasterKey master = keyring.find(masterId(sealed));
        if (master == null) {
            throw new UnsealException(
                    label + " is sealed under master key " + masterId(sealed) + ", which the keyring does not have");
        }
        byte[] wrapping = master.derive(WRAPPING);
        try {
            Cipher cipher = Cipher.getInstance("AESKW", provider);
            cipher.init(Cipher.UNWRAP_MODE, new SecretKeySpec(wrapping, "AES"));
            byte[] wrapped = Arrays.copyOfRange(sealed, MAGIC.length + ID, MAGIC.length + ID + WRAPPED);
            return (SecretKey) cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY);
        } catch (GeneralSecurityException e) {
            throw damaged(label);
        } finally {
            Arrays.fill(wrapping, (byte) 0);
        }
    }

    private byte[] wrap(MasterKey master, SecretKey key) {
        byte[] wrapping = master.derive(WRAPPING);
        try {
            Cipher cipher = Cipher.getInstance("AESKW", provider);
            cipher.init(Cipher.WRAP_MODE, new SecretKeySpec(wrapping, "AES"));
            return cipher.wrap(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the FIPS module refuses to wrap a key", e);
        } finally {
            Arrays.fill(wrapping, (byte) 0);
        }
    }

    private static String masterId(byte[] sealed) {
        return HexFormat.of().formatHex(sealed, MAGIC.length, MAGIC.length + ID);
    }

    private static UnsealException damaged(String label) {
        return new UnsealException(label + " is damaged: it was changed by something other than the runner");
    }
}
