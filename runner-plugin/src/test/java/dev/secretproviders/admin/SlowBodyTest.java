package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A caller that sends the body of a request slowly and loses its token meanwhile. */
class SlowBodyTest {
    private static final String BODY = "{\"name\": \"kept for later\", \"roles\": [\"admin\"]}";

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @Test
    void tokenThatIsDeletedWhileTheBodyComesMakesNoOther() throws Exception {
        JsonNode thief = token("{'name': 'thief', 'roles': ['admin']}");

        String answer = slow(
                thief,
                () -> admin.delete("/admin/tokens/" + thief.path("id").asString())
                        .expect(204));

        assertThat(answer).startsWith("HTTP/1.1 401 ");
        assertThat(admin.get("/admin/tokens").text()).doesNotContain("kept for later");
    }

    @Test
    void tokenThatIsLimitedWhileTheBodyComesIsLimitedForIt() throws Exception {
        JsonNode thief = token("{'name': 'thief', 'roles': ['admin']}");

        String answer = slow(
                thief,
                () -> admin.patch(
                                "/admin/tokens/" + thief.path("id").asString(),
                                "{'scope': {'providers': ['vault/team-a']}}")
                        .expect(200));

        assertThat(answer).startsWith("HTTP/1.1 403 ");
        assertThat(admin.get("/admin/tokens").text()).doesNotContain("kept for later");
    }

    private JsonNode token(String body) {
        return admin.post("/admin/tokens", body).expect(201).json().path("value");
    }

    /** Sends the head of a request and half of its body, then the rest. */
    private String slow(JsonNode token, Runnable meanwhile) throws Exception {
        int half = BODY.length() / 2;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), admin.port())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(("POST /admin/tokens HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-KEY: "
                            + token.path("token").asString() + "\r\nContent-Length: " + BODY.length() + "\r\n\r\n"
                            + BODY.substring(0, half))
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            // It cannot be seen from outside that the runner waits for the rest.
            Thread.sleep(Duration.ofMillis(500));
            meanwhile.run();
            out.write(BODY.substring(half).getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
