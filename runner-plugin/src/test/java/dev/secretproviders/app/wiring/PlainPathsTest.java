package dev.secretproviders.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http11.Http11NioProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainPathsTest {
    private static final int PASSED = 204;

    @TempDir
    Path directory;

    private final Tomcat tomcat = new Tomcat();
    private final Connector connector = new Connector(new Http11NioProtocol());

    /** Answers whatever comes through. */
    private static final class Behind extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) {
            response.setStatus(PASSED);
        }
    }

    @BeforeEach
    void start() throws Exception {
        connector.setPort(0);
        connector.setProperty("address", InetAddress.getLoopbackAddress().getHostAddress());
        tomcat.setBaseDir(directory.toString());
        tomcat.setSilent(true);
        tomcat.getService().addConnector(connector);
        Context context = tomcat.addContext("", directory.toString());
        Tomcat.addServlet(context, "behind", new Behind()).addMapping("/");
        tomcat.start();
        // As Management does, once it runs.
        tomcat.getEngine().getPipeline().addValve(new PlainPaths());
    }

    @AfterEach
    void end() throws Exception {
        tomcat.stop();
        tomcat.destroy();
    }

    @ParameterizedTest
    @CsvSource({
        "/actuator/health/..;/env, 400",
        "/actuator/health;x=1, 400",
        "/..;/admin/tokens, 400",
        "/error, 404",
        "/actuator/health, 204",
        "/actuator/health?x=;, 204",
        "/admin/providers/vault/a;x=1, 204",
    })
    void onlyPlainPathsReachWhatIsBehind(String path, int status) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            BufferedReader answer =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));

            assertThat(answer.readLine()).startsWith("HTTP/1.1 " + status);
        }
    }
}
