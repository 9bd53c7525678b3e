package dev.secretproviders.crypto;

import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The master keys. The first key is current and seals new records; the others only open older records. They come from a
 * file that only its owner may read, or from an environment variable. The text has one key per line:
 *
 * <pre>
 * # comments and empty lines are allowed
 * base64 of 32 bytes
 * </pre>
 *
 * <p>Thread-safe.
 */
public final class MasterKeyring {
    /** The environment variable that may hold the keyring, with keys separated by commas or line feeds. */
    public static final String VARIABLE = "SECRET_PROVIDERS_KEYRING";

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final @Nullable Path file;
    private volatile Map<String, MasterKey> keys;

    private MasterKeyring(@Nullable Path file, Map<String, MasterKey> keys) {
        this.file = file;
        this.keys = keys;
    }

    /** Returns a keyring of these keys, the first one current. The keyring owns them from then on. */
    public static MasterKeyring of(Secret... keys) {
        Map<String, MasterKey> ring = new LinkedHashMap<>();
        for (Secret key : keys) {
            MasterKey master = new MasterKey(key);
            ring.put(master.id(), master);
        }
        return new MasterKeyring(null, ring);
    }

    /**
     * Reads the keyring of an environment variable.
     *
     * @throws KeyringException if the text is not well formed
     */
    public static MasterKeyring ofText(String text) throws KeyringException {
        return new MasterKeyring(null, parse(text.replace(',', '\n'), VARIABLE));
    }

    /**
     * Reads a keyring file.
     *
     * @throws KeyringException if the file is absent, open to others or not well formed
     */
    public static MasterKeyring ofFile(Path file) throws KeyringException {
        return new MasterKeyring(file, readFile(file));
    }

    /**
     * Creates a keyring file with one random key, mode 0600.
     *
     * @throws KeyringException if the file cannot be written, or already exists
     */
    public static MasterKeyring create(Path file) throws KeyringException {
        MasterKey key = MasterKey.random();
        write(file, List.of(key), false);
        return new MasterKeyring(file, Map.of(key.id(), key));
    }

    /** Returns the public name of the current master key. */
    public String currentId() {
        return current().id();
    }

    /** Returns the public names of all keys, the current one first. */
    public List<String> ids() {
        return List.copyOf(keys.keySet());
    }

    /** Returns the file, or null if the keys came from elsewhere. */
    public @Nullable Path file() {
        return file;
    }

    /**
     * Reads the file again, so that a running runner learns of a new key. Does nothing without a file.
     *
     * @throws KeyringException as {@link #ofFile}; the known keys stay
     */
    public void reread() throws KeyringException {
        if (file != null) {
            keys = readFile(file);
        }
    }

    /**
     * Writes a new random key into the file as the current one, and keeps the others.
     *
     * @return the public name of the new key
     * @throws KeyringException if there is no file or it cannot be written
     */
    public synchronized String addKey() throws KeyringException {
        Path here = writable();
        List<MasterKey> ring = new ArrayList<>();
        ring.add(MasterKey.random());
        ring.addAll(readFile(here).values());
        write(here, ring, true);
        reread();
        return currentId();
    }

    /**
     * Removes all keys but the current one from the file.
     *
     * @throws KeyringException if there is no file or it cannot be written
     */
    public synchronized void dropOldKeys() throws KeyringException {
        write(writable(), List.of(current()), true);
        reread();
    }

    MasterKey current() {
        return keys.values().iterator().next();
    }

    /** Returns a key by its name. For an unknown name, the file is read again. */
    @Nullable
    MasterKey find(String id) {
        MasterKey known = keys.get(id);
        if (known == null && file != null) {
            try {
                reread();
            } catch (KeyringException e) {
                return null;
            }
            known = keys.get(id);
        }
        return known;
    }

    private Path writable() throws KeyringException {
        if (file == null) {
            throw new KeyringException("the keyring does not come from a file; put the new key before the others in "
                    + VARIABLE + " and start the runner again");
        }
        return file;
    }

    private static Map<String, MasterKey> readFile(Path file) throws KeyringException {
        try {
            Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(file));
            permissions.removeAll(OWNER_ONLY);
            if (!permissions.isEmpty()) {
                throw new KeyringException("the keyring " + file + " is open to others; run: chmod 600 " + file);
            }
            return parse(Files.readString(file, StandardCharsets.US_ASCII), file.toString());
        } catch (IOException e) {
            throw new KeyringException("the keyring " + file + " cannot be read: "
                    + e.getClass().getSimpleName() + "; it must be a file of the runner's user with mode 0600");
        }
    }

    private static Map<String, MasterKey> parse(String text, String where) throws KeyringException {
        Map<String, MasterKey> ring = new LinkedHashMap<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String encoded = line.strip();
            if (encoded.isEmpty() || encoded.startsWith("#")) {
                continue;
            }
            byte[] bytes;
            try {
                bytes = Base64.getDecoder().decode(encoded);
            } catch (IllegalArgumentException e) {
                throw new KeyringException(where + ", line " + number + ": expected a key in base64");
            }
            if (bytes.length != MasterKey.LENGTH) {
                throw new KeyringException(where + ", line " + number + ": expected 32 bytes in base64, as from: "
                        + "openssl rand -base64 32");
            }
            MasterKey key = new MasterKey(Secret.owning(bytes));
            if (ring.put(key.id(), key) != null) {
                throw new KeyringException(where + ", line " + number + ": this key is listed twice");
            }
        }
        if (ring.isEmpty()) {
            throw new KeyringException(where + " holds no key; make one with: openssl rand -base64 32");
        }
        return ring;
    }

    /** Writes the file atomically; it is never readable for others, not even for a moment. */
    private static void write(Path file, List<MasterKey> ring, boolean replace) throws KeyringException {
        StringBuilder text =
                new StringBuilder("# Master keys of Secret Providers. Back this file up: without it, what is"
                        + " stored cannot be read.\n");
        for (MasterKey key : ring) {
            text.append("# ").append(key.id()).append('\n');
            text.append(key.secret().use(Base64.getEncoder()::encodeToString)).append('\n');
        }
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try {
            Files.deleteIfExists(next);
            try (FileChannel channel = FileChannel.open(
                    next,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
                channel.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII)));
                channel.force(true);
            }
            if (!replace) {
                // A link, unlike a move, does not replace a file that was created meanwhile.
                try {
                    Files.createLink(file, next);
                } finally {
                    Files.delete(next);
                }
            } else {
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (FileAlreadyExistsException e) {
            throw new KeyringException("the keyring " + file + " already exists");
        } catch (AtomicMoveNotSupportedException e) {
            throw new KeyringException("the keyring " + file + " cannot be replaced in one step on this file system");
        } catch (IOException e) {
            throw new KeyringException("the keyring " + file + " cannot be written: "
                    + e.getClass().getSimpleName());
        }
    }

    /** Names the keys only. */
    @Override
    public String toString() {
        return "MasterKeyring" + keys.keySet();
    }
}
