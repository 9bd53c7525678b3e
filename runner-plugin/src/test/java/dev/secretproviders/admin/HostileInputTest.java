package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Hostile input to every endpoint of the OpenAPI document causes no 5xx, shows no trace and stores nothing. */
class HostileInputTest {
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1e999",
            "123456789012345678901234567890",
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\u202etxt\"",
            "\"" + "x".repeat(70_000) + "\"",
            "[]",
            "[[]]",
            "[null]",
            "{}",
            "{\"\": null}",
            "{\"a\": {\"b\": [1]}}",
            "\"$secret://\"",
            "\"$secret://vault/../../etc/passwd\"",
            "\"***\"",
            "\"-P1D\"",
            "\"9999999999d\"");
    private static final List<String> BODIES = List.of(
            "",
            "{",
            "}",
            "null",
            "[]",
            "\"text\"",
            "{} {}",
            "{\"a\": 1, \"a\": 2}",
            "{'a': 1}",
            "{\"a\": NaN}",
            "\u0000",
            "{\"\\ud800\": 1}",
            "[".repeat(10_000) + "]".repeat(10_000),
            "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
            "{\"a\": \"" + "x".repeat(2 << 20) + "\"}");
    private static final List<String> QUERIES = List.of(
            "?page=-1",
            "?page=x",
            "?page=99999999999",
            "?page_size=0",
            "?a=b",
            "?%25zz=%25",
            "?=",
            "?&&&",
            "?page=1&page=2",
            "?force=maybe",
            "?dry_run=2",
            "?cursor=-1",
            "?from=yesterday",
            "?success=5",
            "?format=exe",
            "?%00=1");
    private static final List<String> SEGMENTS = List.of(
            "..",
            "%2e%2e",
            "a%2fb",
            "a%5cb",
            "%00",
            "%c0%af",
            "a;x=y",
            "%20",
            "%e2%80%ae",
            "a".repeat(3_000),
            "*",
            "%ff");
    private static final Set<String> TRACES =
            Set.of("exception", "at dev.", "java.", "jackson", "apache tomcat", "catalina");

    @TempDir
    private Path directory;

    private AdminFixture admin;
    private final List<String> wrong = new ArrayList<>();

    private record Operation(String method, String path, JsonNode document) {}

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        admin.fileProvider("files", Map.of("key", "a-key-in-a-file"));
        admin.put("/admin/providers/local/own", "{}").expect(201);
        admin.put("/admin/secrets/own/x", "{'fields': {'key': 'a-value-of-sixteen-bytes'}}")
                .expect(201);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @Test
    void bodiesThatAreNoJsonObject() throws Exception {
        check(operation -> {
            for (String body : BODIES) {
                send(operation, filled(operation), body);
            }
        });
    }

    @Test
    void fieldsWithValuesOfTheWrongKind() throws Exception {
        check(operation -> {
            for (String field : fields(operation)) {
                for (String value : VALUES) {
                    // With an unknown field, so that nothing is written even if the value is valid.
                    send(operation, filled(operation), "{\"no_such_field\": 1, \"" + field + "\": " + value + "}");
                }
            }
        });
    }

    @Test
    void queriesThatMakeNoSense() throws Exception {
        check(operation -> {
            for (String query : QUERIES) {
                send(
                        operation,
                        filled(operation) + query,
                        operation.document().has("requestBody") ? "{\"no_such\": 1}" : null);
            }
        });
    }

    @Test
    void pathsThatLeadElsewhere() throws Exception {
        check(operation -> {
            for (String segment : SEGMENTS) {
                String path = operation.path().replaceAll("\\{[^}]*}", Matcher.quoteReplacement(segment));
                if (!path.equals(operation.path())) {
                    send(operation, path, "{\"no_such_field\": 1}");
                }
            }
        });
    }

    @Test
    void headersThatMakeNoSense() throws Exception {
        check(operation -> {
            for (String match : List.of("x", "\"\"", "\"-1\"", "W/\"999999999999999999999\"", "*")) {
                judge(
                        operation,
                        admin.raw(
                                admin.firstToken,
                                operation.method(),
                                filled(operation),
                                "{\"no_such\": 1}",
                                "If-Match",
                                match));
                judge(
                        operation,
                        admin.raw(
                                admin.firstToken,
                                operation.method(),
                                filled(operation),
                                "{\"no_such\": 1}",
                                "If-None-Match",
                                match));
            }
            judge(
                    operation,
                    admin.raw(
                            admin.firstToken,
                            operation.method(),
                            filled(operation),
                            "<a/>",
                            "Content-Type",
                            "text/xml"));
        });
    }

    @Test
    void tokensThatAreNone() throws Exception {
        for (String token : List.of("", " ", "\u00e9", "sp_", "sp_" + "0".repeat(5_000), admin.firstToken + "x")) {
            assertThat(admin.raw(token, "GET", "/admin/providers", null).status())
                    .isEqualTo(401);
        }
    }

    @Test
    void requestsThatAreNoHttp() throws Exception {
        Map<String, Integer> before = admin.stored();
        for (String request : List.of(
                "GET /admin/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /admin/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /admin/providers\u0000 HTTP/1.1\r\nHost: x\r\n\r\n",
                "BREW /admin/providers HTTP/1.1\r\nHost: x\r\n\r\n",
                "PUT /admin/providers/file/x HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}",
                "PUT /admin/providers/file/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "GET /admin/providers HTTP/1.1\r\nHost: x\r\nX-API-KEY: " + "a".repeat(100_000) + "\r\n\r\n")) {
            String answer = bytes(request);
            assertThat(answer.toLowerCase(Locale.ROOT))
                    .as(request.substring(0, 40))
                    .doesNotContain(TRACES)
                    .doesNotContain(" 500 ");
            assertThat(answer).startsWith("HTTP/1.1 4");
        }
        assertThat(admin.stored()).isEqualTo(before);
        admin.get("/admin/providers").expect(200);
    }

    private String bytes(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), admin.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            try (InputStream in = socket.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            }
        }
    }

    private interface Attack {
        void on(Operation operation);
    }

    /** Returns what is stored, but for ends of sessions: a call without a body ends those of its caller. */
    private Map<String, Integer> stored() throws Exception {
        Map<String, Integer> stored = new HashMap<>(admin.stored());
        stored.keySet().removeIf(key -> key.startsWith("session-end/"));
        return stored;
    }

    private void check(Attack attack) throws Exception {
        Map<String, Integer> before = stored();
        List<Operation> operations = operations();
        assertThat(operations).hasSameSizeAs(admin.api.endpoints());
        operations.stream()
                // It takes no input, and it ends the token of all other calls.
                .filter(operation -> !operation.path().equals("/admin/tokens/reset"))
                .forEach(attack::on);
        assertThat(wrong).isEmpty();
        assertThat(stored()).isEqualTo(before);
        assertThat(admin.get("/admin/providers/file/files").expect(200).text()).contains("directory");
    }

    private List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        JsonNode paths = admin.get("/admin/openapi.json").expect(200).json().path("paths");
        paths.properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method -> operations.add(new Operation(
                                method.getKey().toUpperCase(Locale.ROOT), path.getKey(), method.getValue()))));
        return operations;
    }

    /** Fills in the path's variables. Calls that change nothing get existing names, all others absent ones. */
    private static String filled(Operation operation) {
        boolean harmless = !operation.method().equals("DELETE");
        return operation
                .path()
                .replace("{manager}", "file")
                .replace("/secrets/{id}", "/secrets/own")
                .replace("{id}", harmless ? "files" : "absent")
                .replace("{path}", harmless ? "x" : "absent")
                .replace("{username}", "nobody")
                .replace("{token}", "none")
                .replace("{revocation}", "none")
                .replace("{session}", "none")
                .replace("{certificate}", "none");
    }

    private static List<String> fields(Operation operation) {
        JsonNode schema = operation
                .document()
                .path("requestBody")
                .path("content")
                .path("application/json")
                .path("schema");
        List<String> fields = new ArrayList<>(schema.path("properties").propertyNames());
        schema.path("anyOf").forEach(one -> fields.addAll(one.path("properties").propertyNames()));
        if (operation.document().has("requestBody") && fields.isEmpty()) {
            fields.addAll(List.of(
                    "uri",
                    "token",
                    "auth",
                    "tls",
                    "cache",
                    "rotation",
                    "access",
                    "labels",
                    "desc",
                    "timeout",
                    "directory",
                    "path"));
        }
        return fields;
    }

    private void send(Operation operation, String path, @Nullable String body) {
        boolean takesBody = operation.document().has("requestBody");
        judge(operation, admin.raw(admin.firstToken, operation.method(), path, takesBody ? body : null));
    }

    private void judge(Operation operation, Answer answer) {
        String text = answer.text().toLowerCase(Locale.ROOT);
        boolean document =
                operation.path().endsWith("openapi.json") || operation.path().contains("/audit");
        if (answer.status() >= 500 || (!document && TRACES.stream().anyMatch(text::contains))) {
            String shown =
                    answer.text().substring(0, Math.min(300, answer.text().length()));
            wrong.add(answer.status() + " for " + operation.method() + " "
                    + answer.response().uri() + ": " + shown);
        }
    }
}
