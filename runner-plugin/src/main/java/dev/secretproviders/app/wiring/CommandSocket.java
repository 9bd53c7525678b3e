package dev.secretproviders.app.wiring;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.store.PrivateFiles;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.Comparator;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.apache.catalina.Context;
import org.apache.catalina.Globals;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.modeler.Registry;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Admin API for commands on this machine: a Unix socket in the data directory that only its owner and root can
 * open. These users are admins and need no token. The operating system reports the user of each connection. The socket
 * does not depend on the port of the Admin API, which another process may hold.
 */
public final class CommandSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CommandSocket.class);
    private static final String NAME = "admin.sock";
    private static final SocketOption<UnixDomainPrincipal> PEER = ExtendedSocketOptions.SO_PEERCRED;
    /** A path may have 107 bytes on Linux and 103 on macOS. */
    private static final int LONGEST_PATH = 103;

    private final Connector connector;
    private final ExecutorService threads;
    /** A directory that only its owner can enter. The socket is bound there, and Tomcat needs a directory. */
    private final Path work;

    private CommandSocket(Connector connector, ExecutorService threads, Path work) {
        this.connector = connector;
        this.threads = threads;
        this.work = work;
    }

    /** Returns the path of the socket. */
    public static Path in(Path dataDirectory) {
        return dataDirectory.resolve(NAME);
    }

    /** Returns whether the path of a socket in this directory is short enough for the operating system. */
    public static boolean fits(Path dataDirectory) {
        return bound(dataDirectory).toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST_PATH;
    }

    private static Path hidden(Path dataDirectory) {
        return dataDirectory.resolve(".admin");
    }

    private static Path bound(Path dataDirectory) {
        return hidden(dataDirectory).resolve("s");
    }

    /**
     * Begins to serve.
     *
     * @param servlet serves {@code /admin/*}
     * @return null if the socket cannot be opened; the log says why
     */
    static @Nullable public CommandSocket open(Path dataDirectory, HttpServlet servlet) {
        Path place = in(dataDirectory);
        if (!fits(dataDirectory)) {
            LOG.warn(
                    "commands cannot reach this runner: the path {} is too long for a socket; choose a shorter"
                            + " runner.data-dir",
                    place);
            return null;
        }
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        CommandSocket socket = new CommandSocket(
                new Connector(new Protocol(new Endpoint(place), threads)),
                threads,
                hidden(dataDirectory).toAbsolutePath());
        boolean started = false;
        try {
            socket.start(servlet);
            started = true;
            return socket;
        } catch (LifecycleException | IOException | IllegalStateException e) {
            LOG.warn("commands cannot reach this runner: {} cannot be created: {}", place, reason(e));
            return null;
        } finally {
            if (!started) {
                socket.close();
            }
        }
    }

    private void start(HttpServlet servlet) throws LifecycleException, IOException {
        // A runner that was killed leaves files behind.
        delete(work);
        PrivateFiles.createDirectories(work);
        // Boot does the same later.
        Registry.disableRegistry();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(work.toString());
        tomcat.setSilent(true);
        connector.setThrowOnFailure(true);
        tomcat.getService().addConnector(connector);
        Context context = tomcat.addContext("", work.toString());
        Tomcat.addServlet(context, "admin", servlet).addMapping("/admin/*");
        tomcat.start();
        // This Tomcat has set these properties, and Boot's Tomcat would read them.
        System.clearProperty(Globals.CATALINA_HOME_PROP);
        System.clearProperty(Globals.CATALINA_BASE_PROP);
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    /** Removes the file and closes all connections. The rest of Tomcat holds no resources and ends with the process. */
    @Override
    public void close() {
        try {
            connector.stop();
            connector.destroy();
        } catch (LifecycleException e) {
            LOG.debug("the command socket did not stop", e);
        } finally {
            threads.shutdownNow();
            delete(work);
        }
    }

    private static void delete(Path work) {
        if (!Files.exists(work)) {
            return;
        }
        try (Stream<Path> files = Files.walk(work)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            LOG.debug("{} cannot be removed", work, e);
        }
    }

    /** Binds the socket in the private directory, then moves it to its path, so that it never has other permissions. */
    private static final class Endpoint extends NioEndpoint {
        private final Path place;

        Endpoint(Path place) {
            this.place = place;
            setUnixDomainSocketPathPermissions("rw-------");
        }

        @Override
        protected void initServerSocket() throws Exception {
            Path bound = bound(Objects.requireNonNull(place.getParent()));
            try {
                setUnixDomainSocketPath(bound.toString());
                super.initServerSocket();
                if (Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS) || Files.isDirectory(place)) {
                    throw new IOException("something else has this name: remove it");
                }
                // An existing socket belongs to an earlier runner, because only one runner can have the store open.
                Files.move(bound, place, StandardCopyOption.ATOMIC_MOVE);
                setUnixDomainSocketPath(place.toString());
            } finally {
                Files.deleteIfExists(bound);
            }
        }

        /** Refuses other users, even if the mode of the socket was changed. */
        @Override
        protected boolean setSocketOptions(SocketChannel channel) {
            try {
                UserPrincipal peer = channel.getOption(PEER).user();
                if (LocalUser.isRoot(peer) || peer.equals(Files.getOwner(place))) {
                    return super.setSocketOptions(channel);
                }
                LOG.warn("user {} was refused on {}, which belongs to another user", peer.getName(), place);
            } catch (IOException | UnsupportedOperationException e) {
                LOG.warn("a command was refused: the operating system does not report its user");
            }
            destroySocket(channel);
            return false;
        }
    }

    /** Passes the user of a connection to the servlet. */
    private static final class Protocol extends Http11NioProtocol {
        Protocol(Endpoint endpoint, ExecutorService threads) {
            super(endpoint);
            setExecutor(threads);
            // One request per connection, so that the user of the connection is the user of the request.
            setMaxKeepAliveRequests(1);
        }

        @Override
        protected Processor createProcessor() {
            return new Http11Processor(this, getAdapter()) {
                @Override
                public SocketState service(SocketWrapperBase<?> wrapper) throws IOException {
                    if (wrapper.getSocket() instanceof NioChannel channel) {
                        request.setAttribute(Caller.LOCAL, caller(channel.getIOChannel()));
                    }
                    return super.service(wrapper);
                }
            };
        }
    }

    private static Actor caller(SocketChannel channel) throws IOException {
        return LocalUser.actor(channel.getOption(PEER).user());
    }
}
