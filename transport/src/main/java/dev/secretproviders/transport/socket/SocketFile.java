package dev.secretproviders.transport.socket;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The file of a Unix socket. It is bound in a private subdirectory, gets its owner, group and mode there, and is then
 * moved to its path. So no other process ever sees it with permissions other than its final ones.
 */
final class SocketFile {
    private static final int TYPE_BITS = 0170000;
    private static final int SOCKET = 0140000;
    private static final int ROOT = 0;
    private static final String WORKERS_USER = "nobody";
    private static final int MAX_PATH_BYTES = 103;
    private static final int NAMES = 36 * 36 * 36 * 36 * 36;

    private final Path place;
    private final Object identity;
    /** Set by the first removal. After the socket is closed, another socket may get the same inode number and path. */
    private final AtomicBoolean removed = new AtomicBoolean();

    private SocketFile(Path place, Object identity) {
        this.place = place;
        this.identity = identity;
    }

    /** Binds a listening socket to a path. */
    interface Binder {
        void bind(Path path) throws IOException;
    }

    /**
     * Creates the socket.
     *
     * @param replacing whether a socket at the place is replaced though another process listens on it
     * @throws IOException if another file has the path, another process listens there, or the file system refuses; the
     *     message says what to do
     */
    static SocketFile create(Path place, SocketAccess access, boolean replacing, Binder binder) throws IOException {
        Path directory = place.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new IOException("the directory of the socket " + place + " does not exist: create it");
        }
        refuseIfTaken(place, replacing);
        Path hidden = hiddenDirectory(directory);
        Path bound = hidden.resolve("s");
        try {
            requireShort(place);
            requireShort(bound);
            binder.bind(bound);
            give(bound, access);
            Object identity = identity(bound);
            Files.move(bound, place, StandardCopyOption.ATOMIC_MOVE);
            return new SocketFile(place, identity);
        } finally {
            Files.deleteIfExists(bound);
            Files.deleteIfExists(hidden);
        }
    }

    /**
     * Creates a private directory. Its name is short because the path of a Unix socket must fit into some 100 bytes.
     */
    private static Path hiddenDirectory(Path directory) throws IOException {
        FileAttribute<?> onlyOurs = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        String name = Integer.toString(ThreadLocalRandom.current().nextInt(NAMES), Character.MAX_RADIX);
        return Files.createDirectory(directory.resolve(".s" + name), onlyOurs);
    }

    private static void requireShort(Path path) throws IOException {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new IOException(
                    "the path of the socket, " + path + ", is too long for a Unix socket: use a shorter directory");
        }
    }

    private static void refuseIfTaken(Path place, boolean replacing) throws IOException {
        int mode;
        try {
            mode = number(place, "mode");
        } catch (NoSuchFileException e) {
            return;
        }
        if ((mode & TYPE_BITS) != SOCKET) {
            throw new IOException(place + " exists and is no socket: remove it or choose another path");
        }
        if (replacing) {
            return;
        }
        try {
            if (!listenedOn(place)) {
                return;
            }
        } catch (IOException e) {
            throw new IOException(
                    place + " is a socket that cannot be probed (" + e.getMessage()
                            + "): remove it if no runner uses it, or run as its owner",
                    e);
        }
        throw new SocketInUseException(
                "another process listens on " + place + ": stop it, or choose another path; one APISIX has one runner");
    }

    /**
     * Returns whether a process listens on a socket.
     *
     * @throws IOException if that cannot be said, since it is there and cannot be reached
     */
    static boolean listenedOn(Path place) throws IOException {
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // Without blocking: a live runner whose queue is full must not delay this one.
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(place));
            return true;
        } catch (ConnectException e) {
            return false;
        }
    }

    private static void give(Path path, SocketAccess access) throws IOException {
        String owner = access.owner();
        if (owner == null && number(path, "uid") == ROOT) {
            owner = WORKERS_USER;
        }
        UserPrincipalLookupService names = path.getFileSystem().getUserPrincipalLookupService();
        PosixFileAttributeView view =
                Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        String group = access.group();
        GroupPrincipal newGroup = group == null ? null : find("group", group, names::lookupPrincipalByGroupName);
        UserPrincipal newOwner = owner == null ? null : find("user", owner, names::lookupPrincipalByName);
        try {
            if (newGroup != null) {
                view.setGroup(newGroup);
            }
            if (newOwner != null) {
                view.setOwner(newOwner);
            }
            Files.setPosixFilePermissions(path, access.permissions());
        } catch (IOException e) {
            throw new IOException(
                    "the socket cannot get " + access + " (" + e.getMessage()
                            + "): only root can give it to another user, and others only to a group of their own;"
                            + " configure its owner and group, or run as the user of APISIX's workers",
                    e);
        }
    }

    private interface Lookup<T> {
        T find(String name) throws IOException;
    }

    private static <T> T find(String kind, String name, Lookup<T> lookup) throws IOException {
        try {
            return lookup.find(name);
        } catch (UserPrincipalNotFoundException e) {
            throw new IOException("the socket's " + kind + " " + name
                    + " does not exist here: give its number, that of APISIX's workers");
        }
    }

    /** Returns whether another file has the place. False if there is none: nothing has replaced this socket then. */
    boolean replaced() throws IOException {
        Object there = identityOrNull(place);
        return there != null && !identity.equals(there);
    }

    /**
     * Removes the file, unless another one has replaced it or it was removed before. Call only while the socket is
     * open.
     */
    void removeIfOurs() throws IOException {
        if (removed.compareAndSet(false, true) && identity.equals(identityOrNull(place))) {
            Files.deleteIfExists(place);
        }
    }

    private static @Nullable Object identityOrNull(Path path) throws IOException {
        try {
            return identity(path);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static Object identity(Path path) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino", LinkOption.NOFOLLOW_LINKS);
        return attributes.get("dev") + ":" + attributes.get("ino");
    }

    private static int number(Path path, String attribute) throws IOException {
        Object value = Files.getAttribute(path, "unix:" + attribute, LinkOption.NOFOLLOW_LINKS);
        if (value instanceof Integer number) {
            return number;
        }
        throw new IOException("the file system does not report the " + attribute + " of " + path);
    }
}
