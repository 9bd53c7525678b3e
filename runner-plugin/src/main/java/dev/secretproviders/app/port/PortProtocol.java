package dev.secretproviders.app.port;

import java.io.IOException;
import java.nio.channels.NetworkChannel;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.AbstractEndpoint;

/**
 * A protocol on a port that outlives a takeover. Tomcat creates it by its class name. Without {@link #use} it accepts at
 * once.
 */
public class PortProtocol extends Http11NioProtocol {
    /** What has to be true of a socket before a connection is accepted. */
    protected interface Rule {
        /**
         * Checks a socket.
         *
         * @throws IOException if it must not be used
         */
        void check(AbstractEndpoint<?, ?> endpoint, NetworkChannel socket) throws IOException;
    }

    private final PortEndpoint endpoint;

    /** Creates the protocol, which Tomcat configures. */
    public PortProtocol() {
        this((_, _) -> {});
    }

    /** Creates a protocol that serves only where a rule allows it. */
    protected PortProtocol(Rule rule) {
        this(new PortEndpoint(rule));
    }

    private PortProtocol(PortEndpoint endpoint) {
        super(endpoint);
        this.endpoint = endpoint;
    }

    /** Sets whose ports these are. Call it before the protocol is started. */
    void use(Ports ports) {
        endpoint.use(ports);
    }
}
