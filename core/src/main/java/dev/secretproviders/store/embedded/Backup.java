package dev.secretproviders.store.embedded;

import dev.secretproviders.crypto.RuntimeSha256;
import dev.secretproviders.store.StoreException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The format of a backup, independent of the engine. It has a line that names the format, the store's revision and the
 * entries. Each entry is a byte 1, the key's length and bytes, the revision, and the value's length and bytes. A byte
 * 0, the number of entries, and the SHA-256 of everything before follow. Numbers are big-endian. Values that are sealed
 * in the store are sealed in the backup.
 */
final class Backup {
    private static final byte[] FORM = "secret-providers backup 1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int ENTRY = 1;
    private static final int END = 0;
    private static final int LONGEST_KEY = 1 << 16;
    private static final int LONGEST_VALUE = 1 << 28;
    private static final int DIGEST_BYTES = 32;

    private Backup() {}

    /** Receives the entries of a backup, in order of their keys. */
    interface Receiver {
        void entry(byte[] key, long revision, byte[] value) throws StoreException;
    }

    /** Writes a backup; not thread-safe. */
    static final class Writer {
        private final MessageDigest digest = RuntimeSha256.start();
        private final DataOutputStream out;
        private long entries;

        Writer(OutputStream to, long revision) throws IOException {
            out = new DataOutputStream(new DigestOutputStream(new BufferedOutputStream(to), digest));
            out.write(FORM);
            out.writeLong(revision);
        }

        void entry(byte[] key, long revision, byte[] value) throws IOException {
            out.writeByte(ENTRY);
            out.writeInt(key.length);
            out.write(key);
            out.writeLong(revision);
            out.writeInt(value.length);
            out.write(value);
            entries++;
        }

        /** Writes the end, without which the backup is refused. Leaves the stream open. */
        void end() throws IOException {
            out.writeByte(END);
            out.writeLong(entries);
            out.write(digest.digest());
            out.flush();
        }
    }

    /**
     * Reads a backup to its end and returns the store's revision. Whether all of it can be trusted is known only when this
     * method returns.
     *
     * @throws IOException if the backup cannot be read, is not a backup, or was altered; the message says which
     */
    static long read(InputStream from, Receiver receiver) throws IOException, StoreException {
        MessageDigest digest = RuntimeSha256.start();
        DataInputStream in = new DataInputStream(new DigestInputStream(new BufferedInputStream(from), digest));
        try {
            if (!Arrays.equals(in.readNBytes(FORM.length), FORM)) {
                throw new IOException("it is not a backup of this version of secret-providers");
            }
            long revision = in.readLong();
            long entries = 0;
            while (in.readByte() == ENTRY) {
                byte[] key = bytes(in, LONGEST_KEY);
                long changed = in.readLong();
                receiver.entry(key, changed, bytes(in, LONGEST_VALUE));
                entries++;
            }
            boolean complete = in.readLong() == entries;
            byte[] expected = digest.digest();
            if (!complete || !Arrays.equals(in.readNBytes(DIGEST_BYTES), expected) || in.read() != -1) {
                throw damaged();
            }
            return revision;
        } catch (EOFException e) {
            throw damaged();
        }
    }

    private static byte[] bytes(DataInputStream in, int longest) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > longest) {
            throw damaged();
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw damaged();
        }
        return bytes;
    }

    private static IOException damaged() {
        return new IOException("it is damaged or truncated: its checksum does not match");
    }
}
