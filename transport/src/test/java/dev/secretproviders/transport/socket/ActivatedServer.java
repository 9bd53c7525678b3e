package dev.secretproviders.transport.socket;

import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.UnixSocketServer;
import java.nio.file.Path;
import java.util.List;

/** A process that serves the sockets which were passed to it until SIGTERM. */
final class ActivatedServer {
    private ActivatedServer() {}

    public static void main(String[] arguments) throws Exception {
        UnixSocketServer server = new UnixSocketServer(
                TransportOptions.of(Path.of(arguments[0])).withPassed(PassedSockets.of(System.getenv())),
                List.of(),
                List.of(),
                TestServer::verdict);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(TestServer.SOON)));
        server.bind(null);
        server.accept();
        ServiceNotice.READY.send(System.getenv());
        Thread.sleep(Long.MAX_VALUE);
    }
}
