package dev.secretproviders.peers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of 127.0.0.1 that no process listens on. */
public final class FreePorts {
    // Below the range of ports for outgoing connections: a stopped peer finds its port free when it starts again.
    private static final int FIRST = 15_000;
    private static final int LAST = 32_000;
    private static final int TRIES = 100;

    private FreePorts() {}

    /** Returns a port that is free now. */
    public static int next() {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            if (isFree(port)) {
                return port;
            }
        }
        throw new PeerFailedException("No free port between %d and %d".formatted(FIRST, LAST));
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
