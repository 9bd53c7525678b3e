package dev.secretproviders.transport.socket;

import java.io.IOException;

/** Another process serves the socket. It may leave soon: when APISIX reloads, it starts the new runner before it ends the old one. */
public final class SocketInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    SocketInUseException(String message) {
        super(message);
    }
}
