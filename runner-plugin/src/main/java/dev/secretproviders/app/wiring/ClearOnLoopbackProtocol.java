package dev.secretproviders.app.wiring;

import dev.secretproviders.app.port.PortProtocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.NetworkChannel;
import org.apache.tomcat.util.net.AbstractEndpoint;

/**
 * The protocol of the Admin API. Without TLS it serves this machine only, whatever the settings are. It checks the
 * bound address of the socket before any connection is accepted. Tomcat creates it by its class name.
 */
public final class ClearOnLoopbackProtocol extends PortProtocol {
    /** Creates the protocol, which Tomcat configures. */
    public ClearOnLoopbackProtocol() {
        super(ClearOnLoopbackProtocol::check);
    }

    private static void check(AbstractEndpoint<?, ?> endpoint, NetworkChannel socket) throws IOException {
        if (!endpoint.isSSLEnabled() && !isLoopback(socket)) {
            throw new IOException("the Admin API is not served without TLS on " + socket.getLocalAddress()
                    + ", which other machines can reach: set server.address to 127.0.0.1, or server.ssl.certificate");
        }
    }

    private static boolean isLoopback(NetworkChannel socket) throws IOException {
        return socket.getLocalAddress() instanceof InetSocketAddress bound
                && bound.getAddress().isLoopbackAddress();
    }
}
