package dev.secretproviders.transport.socket;

import java.io.IOException;

/**
 * Thrown if another process serves the socket. That process may end soon: when APISIX reloads, it starts the new runner
 * before it ends the old one.
 */
public final class SocketInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    SocketInUseException(String message) {
        super(message);
    }
}
