package dev.secretproviders.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClearOnLoopbackProtocolTest {
    @TempDir
    Path directory;

    private final Tomcat tomcat = new Tomcat();

    @AfterEach
    void end() throws Exception {
        tomcat.destroy();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0.0.0.0", "::"})
    void doesNotListenInClearBeyondThisMachine(String address) throws Exception {
        int port = freePort();
        add(address, port);

        assertThatThrownBy(tomcat::start).rootCause().hasMessageContaining("not served without TLS");

        try (ServerSocket nobodyHasIt = new ServerSocket(port)) {
            assertThat(nobodyHasIt.isBound()).isTrue();
        }
    }

    @Test
    void listensInClearOnThisMachine() throws Exception {
        Connector connector = add("127.0.0.1", 0);
        tomcat.start();
        assertThat(connector.getLocalPort()).isPositive();
        tomcat.stop();
    }

    private Connector add(String address, int port) throws IOException {
        ClearOnLoopbackProtocol protocol = new ClearOnLoopbackProtocol();
        if (!address.isEmpty()) {
            protocol.setAddress(InetAddress.getByName(address));
        }
        Connector connector = new Connector(protocol);
        connector.setPort(port);
        connector.setThrowOnFailure(true);
        tomcat.setBaseDir(directory.toString());
        tomcat.getService().addConnector(connector);
        return connector;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
