package dev.secretproviders.app.wiring;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.NetworkChannel;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.NioEndpoint;

/**
 * The protocol of the Admin API: without TLS it serves this machine only, whatever the settings say. The socket itself is asked where it
 * is bound, before anybody is accepted on it. Tomcat makes it by its name.
 */
public final class ClearOnLoopbackProtocol extends Http11NioProtocol {
    /** Creates the protocol; Tomcat configures it. */
    public ClearOnLoopbackProtocol() {
        super(new Endpoint());
    }

    private static final class Endpoint extends NioEndpoint {
        @Override
        protected void initServerSocket() throws Exception {
            super.initServerSocket();
            NetworkChannel socket = getServerSocket();
            if (!isSSLEnabled() && !isLoopback(socket)) {
                String where = String.valueOf(socket.getLocalAddress());
                socket.close();
                throw new IOException(
                        "the Admin API is not served without TLS on " + where
                                + ", which other machines can reach: set server.address to 127.0.0.1, or server.ssl.certificate");
            }
        }

        private static boolean isLoopback(NetworkChannel socket) throws IOException {
            return socket.getLocalAddress() instanceof InetSocketAddress bound
                    && bound.getAddress().isLoopbackAddress();
        }
    }
}
