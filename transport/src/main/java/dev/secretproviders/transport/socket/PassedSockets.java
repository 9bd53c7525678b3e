package dev.secretproviders.transport.socket;

import dev.secretproviders.system.NativeFunction;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The listening sockets that systemd has opened and passed to this process, in the manner of {@code sd_listen_fds(3)}.
 * systemd keeps them while the runner is away, so connections wait in the kernel instead of being refused. Their files
 * belong to systemd: the runner neither creates nor removes them. Immutable.
 */
public final class PassedSockets {
    /** No socket was passed. */
    public static final PassedSockets NONE = new PassedSockets(Map.of());

    private static final int FIRST = 3;
    private static final int MOST = 16;
    // From fcntl.h. The numbers are the same on the processors that Netty has libraries for.
    private static final int SET_FLAGS = 4;
    private static final int READ_AND_WRITE = 2;
    private static final int NON_BLOCKING = 04000;

    private final Map<Path, Integer> descriptors;

    private PassedSockets(Map<Path, Integer> descriptors) {
        this.descriptors = descriptors;
    }

    private static boolean announced(Map<String, String> environment) {
        return Long.toString(ProcessHandle.current().pid()).equals(environment.get("LISTEN_PID"))
                && environment.get("LISTEN_FDS") != null;
    }

    /**
     * Returns the sockets that the environment announces, without blocking mode, which Netty needs.
     *
     * @throws IOException if the variables or the descriptors are not as systemd makes them
     */
    public static PassedSockets of(Map<String, String> environment) throws IOException {
        if (!announced(environment)) {
            return NONE;
        }
        String count = environment.get("LISTEN_FDS");
        if (count == null || !count.matches("[0-9]{1,2}") || Integer.parseInt(count) > MOST) {
            throw new IOException("LISTEN_FDS is not the number of sockets that systemd passes, at most " + MOST);
        }
        return from(FIRST, Integer.parseInt(count));
    }

    /** Returns the sockets of consecutive descriptors. */
    static PassedSockets from(int first, int count) throws IOException {
        // Loads the native library.
        NativeIo.available();
        Map<Path, Integer> found = new LinkedHashMap<>();
        for (int descriptor = first; descriptor < first + count; descriptor++) {
            DomainSocketAddress address = new Socket(descriptor).localDomainSocketAddress();
            if (address == null || !address.path().startsWith("/")) {
                throw new IOException("systemd passed the descriptor " + descriptor
                        + ", which is no Unix socket with a path: name paths in ListenStream=");
            }
            doNotBlock(descriptor);
            found.put(Path.of(address.path()), descriptor);
        }
        return new PassedSockets(found);
    }

    /** Sets a flag of a descriptor of ours. */
    private static void doNotBlock(int descriptor) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor))) {
            if (line.startsWith("flags:")
                    && (Integer.parseInt(line.substring("flags:".length()).strip(), 8) & NON_BLOCKING) != 0) {
                // As with NonBlocking=yes. The call below would cost 30 ms of a start.
                return;
            }
        }
        MethodHandle fcntl = NativeFunction.ofThreeNumbers("fcntl", Linker.Option.firstVariadicArg(2));
        int result;
        try {
            result = (int) fcntl.invokeExact(descriptor, SET_FLAGS, READ_AND_WRITE | NON_BLOCKING);
        } catch (Throwable e) {
            throw new IOException("fcntl cannot be called", e);
        }
        if (result != 0) {
            throw new IOException("the descriptor " + descriptor + " that systemd passed cannot be used");
        }
    }

    /** Returns whether no socket was passed. */
    public boolean isEmpty() {
        return descriptors.isEmpty();
    }

    /** Returns the paths of the sockets. */
    Set<Path> paths() {
        return descriptors.keySet();
    }

    /** Returns the descriptor of the socket at a path, or null if none was passed for it. */
    @Nullable
    Integer descriptor(Path place) {
        return descriptors.get(place.toAbsolutePath().normalize());
    }
}
