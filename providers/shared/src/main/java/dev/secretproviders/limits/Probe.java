package dev.secretproviders.limits;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Looks up a provider's server, connects to it and shakes hands, as the provider's own client does and under the same
 * limits. It sends nothing else. A proxy of the Java runtime is not used.
 *
 * <p>One thread at a time makes the steps, in order. Any thread may close the probe, which ends a step that blocks.
 */
public final class Probe implements AutoCloseable {
    private final Outbound outbound;
    private final Place place;
    private List<InetAddress> addresses = List.of();
    private volatile @Nullable Socket socket;
    private volatile boolean closed;

    /** Creates a probe of a place. No I/O. */
    public Probe(Outbound outbound, Place place) {
        this.outbound = outbound;
        this.place = place;
    }

    /**
     * Looks up the host and checks that the provider may connect to it. Blocks and cannot be interrupted.
     *
     * @return the addresses that the provider may connect to; at least one
     * @throws RefusedDestinationException if there is none
     * @throws UnknownHostException if there is no such host
     */
    public List<InetAddress> lookUp() throws IOException {
        outbound.check(place.server());
        addresses = List.copyOf(outbound.lookUp(place.host(), place.server()));
        return addresses;
    }

    /**
     * Connects to the first of the addresses that takes the connection.
     *
     * @param limit the time limit for all addresses together
     * @return the address that is connected
     */
    public InetAddress connect(Duration limit) throws IOException {
        long end = System.nanoTime() + limit.toNanos();
        IOException failure = new UnknownHostException(place.host());
        for (int i = 0; i < addresses.size(); i++) {
            Socket next = new Socket();
            socket = next;
            if (closed) {
                next.close();
            }
            long left = (end - System.nanoTime()) / 1_000_000 / (addresses.size() - i);
            try {
                // The address is not looked up again, so that nothing else than what was checked is connected to.
                next.connect(new InetSocketAddress(addresses.get(i), place.port()), Math.clamp(left, 1, 600_000));
                return addresses.get(i);
            } catch (IOException e) {
                next.close();
                failure = e;
            }
        }
        throw failure;
    }

    /**
     * Makes the TLS connection over the one of {@link #connect}, and checks the certificate and its name unless the
     * provider does not.
     *
     * @throws SSLException if either side refuses the other
     */
    public SSLSession handshake() throws IOException {
        Socket connected = socket;
        if (connected == null) {
            throw new IllegalStateException("not connected");
        }
        SSLContext given = place.tls();
        SSLSocket secured = (SSLSocket) (given == null ? runtime() : given)
                .getSocketFactory()
                .createSocket(connected, place.host(), place.port(), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        socket = secured;
        secured.startHandshake();
        return secured.getSession();
    }

    private static SSLContext runtime() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has TLS", e);
        }
    }

    /** Closes the connection, if there is one. */
    @Override
    public void close() {
        closed = true;
        Socket open = socket;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // Nothing was sent that could be lost.
            }
        }
    }
}
