package dev.secretproviders.app.port;

import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.transport.socket.DescriptorLine;
import dev.secretproviders.transport.socket.ListeningDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;

/**
 * The ports of this process, for a takeover in either role. A new runner gets the open sockets of the old one and prepares
 * its servers on them, but accepts nothing before its turn. The old one passes its sockets on, and stops accepting when it
 * is replaced. What comes between the two waits in the kernel. Thread-safe.
 */
public final class Ports {
    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);
    private static final String LATER = "the ports are away for a moment, after the old runner has ended: {}";
    private static final Duration LOOK = Duration.ofMillis(1);

    /** The sockets of the runner before this one that no server has yet. */
    private final Set<Integer> inherited = ConcurrentHashMap.newKeySet();

    private final Set<PortEndpoint> serving = ConcurrentHashMap.newKeySet();
    private final CountDownLatch prepared = new CountDownLatch(1);
    private final CountDownLatch turn = new CountDownLatch(1);
    /** The connection to the runner after this one, or to the one before it. */
    private volatile @Nullable DescriptorLine line;

    /** Creates the ports of a runner that takes over. It accepts from {@link #open} on. */
    public Ports() {}

    /** Returns the ports of a runner that takes over from none. It accepts at once. */
    public static Ports ofAStart() {
        Ports ports = new Ports();
        ports.open();
        return ports;
    }

    /** Returns where a new runner of the same network waits for the sockets, or null. */
    private static @Nullable Path place(Path directory) {
        String network = ListeningDescriptor.network();
        return network == null ? null : directory.resolve(network);
    }

    private static Path directory(Path dataDirectory) {
        return dataDirectory.resolve(".ports");
    }

    /** Sets up a server whose port is one of these. */
    public void serve(TomcatServletWebServerFactory factory, Class<? extends PortProtocol> protocol) {
        factory.setProtocol(protocol.getName());
        factory.addProtocolHandlerCustomizers(handler -> {
            if (handler instanceof PortProtocol port) {
                port.use(this);
            }
        });
    }

    /** A step of a takeover. */
    public interface Step<T> {
        /** Takes the step and returns its result. */
        T take() throws IOException;
    }

    /**
     * Takes the sockets that the old runner passes on during a step of the takeover. An older runner passes none.
     *
     * @return the result of the step
     */
    public <T> T inheritDuring(Path dataDirectory, Step<T> step) throws IOException {
        Path directory = directory(dataDirectory);
        DescriptorLine.Inlet inlet = inlet(directory);
        if (inlet == null) {
            return step.take();
        }
        try {
            T result = step.take();
            inherit(inlet);
            return result;
        } finally {
            inlet.close();
            // Not if it has more: a runner of another network was killed.
            boolean _ = directory.toFile().delete();
        }
    }

    private static DescriptorLine.@Nullable Inlet inlet(Path directory) {
        Path place = place(directory);
        if (place == null) {
            return null;
        }
        try {
            // Only its owner can enter it.
            PrivateFiles.createDirectories(directory);
            return DescriptorLine.Inlet.open(place);
        } catch (IOException e) {
            LOG.warn(LATER, e.getMessage());
            return null;
        }
    }

    private void inherit(DescriptorLine.Inlet inlet) {
        try {
            DescriptorLine predecessor = inlet.connection();
            if (predecessor != null) {
                line = predecessor;
                inherited.addAll(predecessor.received());
            }
        } catch (IOException e) {
            LOG.warn(LATER, e.getMessage());
        }
    }

    /** Returns the inherited socket for an address, which the caller owns, or null. */
    @Nullable
    Integer claim(InetSocketAddress address) {
        for (Integer descriptor : List.copyOf(inherited)) {
            InetSocketAddress listening = ListeningDescriptor.address(descriptor);
            if (listening != null && ListeningDescriptor.same(listening, address) && inherited.remove(descriptor)) {
                return descriptor;
            }
        }
        return null;
    }

    /** Notes that all servers are ready, or are not expected. Closes inherited sockets that none of them has. */
    public void prepared() {
        closeInherited(_ -> true);
        prepared.countDown();
    }

    /** Waits until the servers have only to be allowed to accept. Returns whether they have. */
    public boolean awaitPrepared(Duration patience) throws InterruptedException {
        return prepared.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Waits until this runner may bind a port. */
    void awaitTurnToBind(int port) throws InterruptedException {
        prepared.countDown();
        turn.await();
        // One for another address of this port would keep this process itself from it.
        closeInherited(listening -> listening.getPort() == port);
    }

    private void closeInherited(Predicate<InetSocketAddress> unwanted) {
        for (Integer descriptor : List.copyOf(inherited)) {
            InetSocketAddress listening = ListeningDescriptor.address(descriptor);
            if ((listening == null || unwanted.test(listening)) && inherited.remove(descriptor)) {
                ListeningDescriptor.close(descriptor);
            }
        }
    }

    /** Returns whether this runner may accept. */
    boolean isOpen() {
        return turn.getCount() == 0;
    }

    /** Returns whether this runner may accept, and waits a moment for that. */
    boolean hasTurn(Duration patience) throws InterruptedException {
        return turn.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Does something once this runner may accept. */
    public void whenOpen(Runnable action) {
        if (isOpen()) {
            action.run();
            return;
        }
        Thread.ofVirtual().name("ports-open").start(() -> {
            try {
                turn.await();
                action.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Begins to accept. */
    public void open() {
        turn.countDown();
        closeLine();
    }

    /**
     * Begins to accept as soon as the old runner has stopped, or has ended. Does nothing if it has passed nothing on.
     *
     * @param patience how long it may take
     */
    public void openWhenFree(Duration patience) {
        DescriptorLine predecessor = line;
        if (predecessor == null) {
            return;
        }
        long end = System.nanoTime() + patience.toNanos();
        while (!isOpen() && !predecessor.ended() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(LOOK.toNanos());
        }
        open();
    }

    void add(PortEndpoint endpoint) {
        serving.add(endpoint);
    }

    void remove(PortEndpoint endpoint) {
        serving.remove(endpoint);
    }

    /** Passes the open sockets to a runner that takes over, if it waits for them. This runner goes on accepting. */
    public void pass(Path dataDirectory) {
        keep();
        Path place = place(directory(dataDirectory));
        if (place == null) {
            return;
        }
        try {
            DescriptorLine successor = DescriptorLine.connect(place);
            if (successor == null) {
                return;
            }
            line = successor;
            serving.forEach(endpoint -> pass(endpoint, successor));
        } catch (IOException e) {
            LOG.warn(LATER, e.getMessage());
        }
    }

    private static void pass(PortEndpoint endpoint, DescriptorLine successor) {
        try {
            successor.send(endpoint.descriptor());
        } catch (IOException e) {
            LOG.warn(LATER, e.getMessage());
        }
    }

    /** Goes on accepting after all, since the takeover failed. */
    public void keep() {
        closeLine();
    }

    /** Stops accepting, because another runner has taken the place of this one. Connections that are open stay. */
    public void retire() {
        serving.forEach(PortEndpoint::retire);
        closeLine();
    }

    /** Waits until the connections are closed, at most for a while. A client learns with its next answer to close. */
    public void drain(Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        for (PortEndpoint endpoint : serving) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left > 0) {
                long _ = endpoint.awaitConnectionsClose(left);
            }
        }
    }

    private void closeLine() {
        DescriptorLine open = line;
        line = null;
        if (open != null) {
            open.close();
        }
    }
}
