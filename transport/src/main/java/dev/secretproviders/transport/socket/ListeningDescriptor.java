package dev.secretproviders.transport.socket;

import dev.secretproviders.system.NativeFunction;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The descriptor of a TCP socket of this process that listens. Java's channels do not tell theirs, and cannot be made of
 * one. So it is found by the address, and another socket is put in its place. On Linux only.
 */
public final class ListeningDescriptor {
    private static final Path OWN = Path.of("/proc/self/fd");
    private static final Path NETWORK = Path.of("/proc/self/ns/net");
    // From sys/socket.h and fcntl.h. The numbers are the same on the processors that Netty has libraries for.
    private static final int SOCKETS = 1;
    private static final int LISTENS = 30;
    private static final int CLOSE_ON_EXEC = 02000000;

    private ListeningDescriptor() {}

    /**
     * Returns the name of this process' network. A container usually has one of its own, in which sockets of another
     * cannot be reached. Null if this machine cannot pass sockets on.
     */
    public static @Nullable String network() {
        if (!Epoll.isAvailable()) {
            return null;
        }
        try {
            return Files.readSymbolicLink(NETWORK).toString().replaceAll("\\D", "");
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Returns the descriptor of the socket of this process that listens at an address.
     *
     * @throws IOException if there is none
     */
    public static int of(InetSocketAddress address) throws IOException {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(OWN)) {
            for (Path descriptor : descriptors) {
                int number = Integer.parseInt(descriptor.getFileName().toString());
                InetSocketAddress listening = address(number);
                if (listening != null && same(listening, address)) {
                    return number;
                }
            }
        }
        throw new IOException("this process does not listen on " + address);
    }

    /** Returns where the socket of a descriptor listens. Null if it is none that listens. */
    public static @Nullable InetSocketAddress address(int descriptor) {
        try {
            if (!Files.readSymbolicLink(OWN.resolve(Integer.toString(descriptor)))
                    .toString()
                    .startsWith("socket:")) {
                return null;
            }
            Socket socket = new Socket(descriptor);
            return socket.getIntOpt(SOCKETS, LISTENS) == 0 ? null : socket.localAddress();
        } catch (IOException | ChannelException e) {
            // Closed meanwhile.
            return null;
        }
    }

    /** Returns whether two addresses mean the same. An IPv4 address has two forms, and so has the one for all. */
    public static boolean same(InetSocketAddress one, InetSocketAddress other) {
        return one.getPort() == other.getPort()
                && (plain(one).equals(plain(other))
                        || (one.getAddress().isAnyLocalAddress()
                                && other.getAddress().isAnyLocalAddress()));
    }

    private static InetAddress plain(InetSocketAddress address) {
        try {
            // Makes an IPv4 address of one that is mapped to IPv6.
            return InetAddress.getByAddress(address.getAddress().getAddress());
        } catch (UnknownHostException e) {
            return address.getAddress();
        }
    }

    /**
     * Puts a socket in the place of another, which is closed. The channel that had the other has it then.
     *
     * @param descriptor the socket, whose own number is closed
     * @param place the number that it has from now on
     */
    public static void move(int descriptor, int place) throws IOException {
        MethodHandle dup3 = NativeFunction.ofThreeNumbers("dup3");
        int result;
        try {
            result = (int) dup3.invokeExact(descriptor, place, CLOSE_ON_EXEC);
        } catch (Throwable e) {
            throw new IOException("dup3 cannot be called", e);
        }
        if (result != place) {
            throw new IOException("the descriptor " + descriptor + " cannot be used");
        }
        close(descriptor);
    }

    /** Closes a descriptor that no channel has. */
    public static void close(int descriptor) {
        try {
            new Socket(descriptor).close();
        } catch (IOException e) {
            // The system closes it when the process ends.
        }
    }
}
