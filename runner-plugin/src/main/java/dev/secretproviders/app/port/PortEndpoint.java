package dev.secretproviders.app.port;

import dev.secretproviders.transport.socket.ListeningDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A port that a runner can take over from another, and pass on, without a moment in which it is closed. */
class PortEndpoint extends NioEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(PortEndpoint.class);
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final Duration PARKING = Duration.ofSeconds(1);

    private final PortProtocol.Rule rule;
    private final CountDownLatch parked = new CountDownLatch(1);
    private volatile Ports ports = Ports.ofAStart();
    private volatile @Nullable Inherited inherited;
    /** While the channel is made whose socket is replaced by the inherited one. */
    private boolean provisional;

    private volatile boolean retired;

    PortEndpoint(PortProtocol.Rule rule) {
        this.rule = rule;
    }

    void use(Ports used) {
        ports = used;
    }

    @Override
    public InetAddress getAddress() {
        return provisional ? InetAddress.getLoopbackAddress() : super.getAddress();
    }

    @Override
    public int getPortWithOffset() {
        return provisional ? 0 : super.getPortWithOffset();
    }

    @Override
    protected void initServerSocket() throws Exception {
        if (!inherit(new InetSocketAddress(getAddress(), getPortWithOffset()))) {
            ports.awaitTurnToBind(getPortWithOffset());
            super.initServerSocket();
        }
        NetworkChannel socket = getServerSocket();
        try {
            rule.check(this, socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        ports.add(this);
    }

    /** Takes the socket of the runner before this one. Returns whether there is one for this address. */
    private boolean inherit(InetSocketAddress wanted) throws Exception {
        Integer descriptor = ports.claim(wanted);
        if (descriptor == null) {
            return false;
        }
        provisional = true;
        try {
            super.initServerSocket();
            NetworkChannel channel = super.getServerSocket();
            int number = ListeningDescriptor.of((InetSocketAddress) channel.getLocalAddress());
            ListeningDescriptor.move(descriptor, number);
            inherited = new Inherited(channel, number, wanted);
            return true;
        } catch (IOException | RuntimeException e) {
            LOG.warn("the port {} is opened when the old runner has ended: {}", wanted.getPort(), e.getMessage());
            ListeningDescriptor.close(descriptor);
            doCloseServerSocket();
            return false;
        } finally {
            provisional = false;
        }
    }

    @Override
    protected NetworkChannel getServerSocket() {
        NetworkChannel socket = super.getServerSocket();
        Inherited taken = inherited;
        return socket == null || taken == null ? socket : taken;
    }

    /** Returns the descriptor of the socket. */
    int descriptor() throws IOException {
        Inherited taken = inherited;
        NetworkChannel socket = super.getServerSocket();
        if (socket == null) {
            throw new ClosedChannelException();
        }
        return taken == null ? ListeningDescriptor.of((InetSocketAddress) socket.getLocalAddress()) : taken.number();
    }

    @Override
    protected SocketChannel serverSocketAccept() throws Exception {
        boolean mine = ports.hasTurn(Duration.ZERO);
        while (!mine && isRunning()) {
            mine = ports.hasTurn(LOOK);
        }
        try {
            if (mine && !retired) {
                return super.serverSocketAccept();
            }
        } catch (Exception e) {
            if (!retired) {
                throw e;
            }
        }
        parked.countDown();
        while (isRunning()) {
            Thread.sleep(LOOK);
        }
        throw new ClosedChannelException();
    }

    /** Stops accepting. A connection that was accepted is answered, and those that come later are left to the other. */
    void retire() {
        retired = true;
        try {
            NetworkChannel socket = super.getServerSocket();
            if (socket != null) {
                socket.close();
            }
            if (!parked.await(PARKING.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.debug("a port was left while a connection was accepted");
            }
        } catch (IOException e) {
            LOG.debug("a port was not closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Clients are told from now on to close their connections.
        closeServerSocketGraceful();
    }

    /** Tomcat connects to the port to wake its own thread. Where another process accepts, that one gets the connection. */
    @Override
    protected void unlockAccept() {
        if (ports.isOpen() && !retired) {
            super.unlockAccept();
        }
    }

    @Override
    public void unbind() throws Exception {
        ports.remove(this);
        super.unbind();
        inherited = null;
    }
}
