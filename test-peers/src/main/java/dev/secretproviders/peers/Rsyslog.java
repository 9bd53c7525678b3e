package dev.secretproviders.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A running rsyslog that takes messages over TLS (RFC 5425) and writes each one as it came into a file. Ready when {@link
 * #start} returns. Not safe for use by several threads at once.
 */
public final class Rsyslog implements AutoCloseable {
    private static final String NAME = "rsyslog";

    private final Peer peer;

    private Rsyslog(Peer peer) {
        this.peer = peer;
    }

    /**
     * Starts it.
     *
     * @param authority the PEM file of the authority that clients' certificates must come from
     * @param certificate the PEM file of its own certificate
     * @param key the PEM file of its key
     * @param mutual whether clients must have a certificate
     */
    public static Rsyslog start(Path authority, Path certificate, Path key, boolean mutual) {
        Rsyslog server = new Rsyslog(Peer.launch(new ServerSpec(NAME, "rsyslogd", null, Map.of(), place -> {
            Path file = place.directory().resolve("rsyslog.conf");
            String configuration = """
                global(workDirectory="%1$s" maxMessageSize="256k" defaultNetstreamDriver="ossl"
                    defaultNetstreamDriverCAFile="%2$s" defaultNetstreamDriverCertFile="%3$s"
                    defaultNetstreamDriverKeyFile="%4$s")
                module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="%5$s")
                template(name="asItCame" type="string" string="%%rawmsg%%\\n")
                ruleset(name="keep") { action(type="omfile" file="%1$s/messages" template="asItCame") }
                input(type="imtcp" port="%6$d" address="%7$s" ruleset="keep")
                """.formatted(
                            place.directory(),
                            authority,
                            certificate,
                            key,
                            mutual ? "x509/certvalid" : "anon",
                            place.port(),
                            place.host());
            try {
                Files.writeString(file, configuration);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return List.of(
                    "-n",
                    "-f",
                    file.toString(),
                    "-i",
                    place.directory().resolve("pid").toString());
        })));
        server.peer.awaitReady(server::takesConnections);
        return server;
    }

    private boolean takesConnections() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns its port on 127.0.0.1. */
    public int port() {
        return peer.port();
    }

    /** Returns the messages so far, in the order of their arrival. */
    public List<String> messages() {
        Path file = peer.directory().resolve("messages");
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns what it logged about itself. */
    public String log() {
        return peer.log();
    }

    /** Stops it; connections are then refused. */
    public void stop() {
        peer.stop();
    }

    /** Starts it again on the same port, with the messages so far. */
    public void startAgain() {
        peer.startAgain(this::takesConnections);
    }

    /** Ends it and deletes its files. */
    @Override
    public void close() {
        peer.close();
    }
}
