package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * No level of any logger reveals a secret, wherever it is set. The test runs the whole administration, each manager's
 * login and each fetch at the finest level, and searches all output of the runner.
 */
class LeakTest {
    private static final String MARK = ManagersStandIn.MARK;
    private static final List<String> TALKATIVE = List.of(
            "sun.net.www.protocol.http",
            "sun.net.www.protocol.http.HttpURLConnection",
            "jdk.httpclient.HttpClient",
            "jdk.internal.httpclient.debug",
            "jdk.internal.httpclient.hpack.debug",
            "org.apache.coyote",
            "org.apache.coyote.http11.Http11InputBuffer",
            "org.springframework.web",
            "org.springframework.core.env",
            "software.amazon.awssdk",
            "software.amazon.awssdk.request",
            "software.amazon.awssdk.auth.signer",
            "com.azure",
            "com.microsoft.aad.msal4j",
            "com.google.api.client.http.HttpTransport",
            "com.google.auth.http.HttpCredentialsAdapter",
            "io.grpc",
            "io.grpc.netty",
            "io.netty.handler.codec.http2",
            "io.etcd",
            "okhttp3",
            "io.kubernetes");
    /** Secrets that managers generate, so that they cannot contain the mark. */
    private static final List<Pattern> SHAPES = List.of(
            Pattern.compile("hv[sb]\\.[A-Za-z0-9_-]{20,}"),
            Pattern.compile("\\bs\\.[A-Za-z0-9]{24}\\b"),
            Pattern.compile("eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}"),
            Pattern.compile("Signature=\\p{XDigit}{64}"),
            Pattern.compile("Bearer [A-Za-z0-9._-]{8,}"),
            Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY"));

    @TempDir
    Path directory;

    private final List<String> canaries = new ArrayList<>();

    @Test
    void noneWithEveryLoggerAtTrace() throws Exception {
        StringBuilder levels = new StringBuilder("logging:\n  level:\n    root: TRACE\n");
        TALKATIVE.forEach(logger -> levels.append("    \"[").append(logger).append("]\": TRACE\n"));

        String said = everything(levels.toString(), "-Djdk.httpclient.HttpClient.log=all");

        // The runner logs nothing at TRACE, and libraries log warnings and errors only.
        assertThat(said).contains("\"level\":\"DEBUG\"").doesNotContain("\"level\":\"TRACE\"");
    }

    /** With two handlers of the JDK, Spring Boot does not replace them, so they print records outside our control. */
    @Test
    void noneWithHandlersOfTheJdkAtTheFinestLevel() throws Exception {
        Path file = directory.resolve("jdk.log");
        Path properties = Files.writeString(
                directory.resolve("logging.properties"),
                "handlers = java.util.logging.ConsoleHandler, java.util.logging.FileHandler\n.level = ALL\n"
                        + "java.util.logging.ConsoleHandler.level = ALL\njava.util.logging.FileHandler.level = ALL\n"
                        + "java.util.logging.FileHandler.pattern = " + file + "\n"
                        + TALKATIVE.stream()
                                .map(logger -> logger + ".level = ALL\n")
                                .collect(java.util.stream.Collectors.joining()));

        String said = everything(
                "",
                "-Djava.util.logging.config.file=" + properties + " -Djdk.httpclient.HttpClient.log=all"
                        + " -Djdk.internal.httpclient.debug=true -Dlogging.level.root=TRACE");

        search(said + Files.readString(file));
    }

    /** Starts a runner with all managers, uses all its functions, searches its output, and returns it. */
    private String everything(String levels, String javaOptions) throws Exception {
        StringBuilder said = new StringBuilder();
        try (OpenBao bao = OpenBao.start();
                Moto moto = Moto.start();
                ManagersStandIn others = new ManagersStandIn(directory)) {
            String yaml = levels + configuration(bao, moto, others);
            Map<String, String> environment = new TreeMap<>(Map.of(
                    "JDK_JAVA_OPTIONS",
                    others.javaOptions() + " " + javaOptions,
                    // Spring Boot's switches for more of its own loggers.
                    "DEBUG",
                    "true",
                    "TRACE",
                    "true",
                    "C4N4RY_TOKEN",
                    MARK + "-by-placeholder"));
            canaries.add(bao.rootToken());
            try (RunnerProcess runner =
                            RunnerProcess.start(directory, yaml, environment, others.leadingTo(RunnerCommand.quick()));
                    AdminClient admin = runner.admin()) {
                canaries.add(admin.token());
                await().atMost(Duration.ofSeconds(60))
                        .untilAsserted(() -> assertThat(states(admin))
                                .as("each manager is asked and returns its secret")
                                .isNotEmpty()
                                .allSatisfy(
                                        (reference, state) -> assertThat(state).isEqualTo("fresh")));
                present(runner);
                administer(admin, runner);
                await("the event in the queue to be taken, and the other message to be left")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> moto.messages(moto.queue("secrets")) == 1);
                others.refuse();
                bao.seal();
                admin.get("/admin/providers").json().path("list").forEach(item -> {
                    String id = item.path("key").asString("");
                    admin.post("/admin/refresh", "{'provider': '" + id.substring(id.indexOf("providers/") + 10) + "'}");
                });
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> runner.get("/actuator/health").contains("DEGRADED"));
                malformed(runner);
                runner.terminate();
                said.append(runner.log());
            }
            for (String[] command : new String[][] {
                {"--check"},
                {"resolve", "$secret://gcp/config/one"},
                {"resolve", "$secret://aws/keys/one"},
                {"audit", "verify"}
            }) {
                said.append(
                        RunnerProcess.run(directory, yaml, environment, command).out());
            }
            assertThat(others.asked())
                    .as("logins")
                    .contains("/token", "/" + ManagersStandIn.TENANT + "/oauth2/v2.0/token")
                    .contains("/v1/auth/jwt/login", "/v1/auth/kubernetes/login", "/v1/auth/aws/login");
        }
        search(said.toString());
        return said.toString();
    }

    private static Map<String, String> states(AdminClient admin) {
        Map<String, String> states = new TreeMap<>();
        for (JsonNode item : admin.get("/admin/references?resource_type=consumer")
                .expect(200)
                .json()
                .path("list")) {
            states.put(
                    item.path("reference").asString(),
                    item.path("state").asString() + item.path("problem").asString(""));
        }
        return states;
    }

    private void present(RunnerProcess runner) {
        try (RunnerClient client = runner.client()) {
            for (String key : List.of(
                    MARK + "-value-of-bao",
                    ManagersStandIn.value("azure"),
                    ManagersStandIn.value("kubernetes"),
                    MARK + "-wrong-key")) {
                client.call(GatewayRequest.get("/orders").header("apikey", key), RunnerProcess.ROUTE);
                client.call(GatewayRequest.get("/orders?apikey=" + key), RunnerProcess.ROUTE);
            }
        }
    }

    private void administer(AdminClient admin, RunnerProcess runner) {
        admin.put("/admin/providers/local/own", "{}").expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'c4n4ry-local-one'}}")
                .expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'c4n4ry-local-two'}}")
                .expect(200);
        admin.patch("/admin/secrets/own/jack", "{'fields': {'other': 'c4n4ry-local-other'}}")
                .expect(200);
        admin.get("/admin/secrets/own/jack").expect(200);
        admin.put("/admin/providers/vault/more", "{'uri': 'http://127.0.0.1:1', 'token': 'c4n4ry-vault-token'}");
        admin.put(
                "/admin/providers/vault/more?dry_run=true",
                "{'uri': 'http://127.0.0.1:1', 'token': 'c4n4ry-vault-token'}");
        admin.patch("/admin/providers/vault/more", "{'desc': 'c4n4ry', 'timeout': 'c4n4ry'}");
        admin.post("/admin/providers/vault/more/test", "{'path': 'a/b'}");
        admin.put("/admin/providers/vault/bad", "{'uri': 'http://c4n4ry:c4n4ry@h', 'token': 'c4n4ry'");
        JsonNode made = admin.post("/admin/tokens", "{'name': 'one', 'roles': ['viewer']}")
                .expect(201)
                .json();
        String token = made.path("value").path("token").asString();
        canaries.add(token);
        String name = made.path("key").asString();
        admin.patch("/admin" + name, "{'roles': ['operator']}");
        try (AdminClient other = runner.admin(token);
                AdminClient wrong = runner.admin("c4n4ry-wrong-token")) {
            other.get("/admin/providers").expect(200);
            other.get("/admin/tokens");
            wrong.get("/admin/whoami").expect(401);
        }
        admin.delete("/admin" + name);
        admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'jack', 'version': '1', 'reason': 'leaked'}")
                .expect(200);
        admin.post("/admin/explain", "{'reference': '$secret://vault/root/jack/key'}")
                .expect(200);
        admin.post("/admin/import?dry_run=true", "");
        admin.post("/admin/rekey", "").expect(200);
        admin.post("/admin/backup", "").expect(200);
        admin.post("/admin/compact", "");
        for (String path : List.of(
                "providers",
                "tokens",
                "findings",
                "consumers",
                "references",
                "graph",
                "audit",
                "audit/export",
                "status")) {
            admin.get("/admin/" + path).expect(200);
        }
        admin.delete("/admin/secrets/own/jack");
    }

    /** Malformed requests, which Tomcat quotes in its log. */
    private static void malformed(RunnerProcess runner) throws IOException {
        for (String request : List.of(
                "GET /admin/whoami HTTP/1.1\r\nHost: a\r\nX-API-KEY : c4n4ry-in-a-bad-header\r\n\r\n",
                "GET /admin/who{c4n4ry}ami?token=c4n4ry HTTP/1.1\r\nHost: a\r\n\r\n",
                "c4n4ry(first-word) /admin HTTP/1.1\r\nHost: a\r\n\r\n")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), runner.managementPort())) {
                OutputStream out = socket.getOutputStream();
                out.write(request.getBytes(StandardCharsets.ISO_8859_1));
                out.flush();
                socket.setSoTimeout(2_000);
                assertThat(socket.getInputStream().read()).isNotEqualTo(-1);
            }
        }
    }

    /** Searches for secrets in clear, in base64 and in dumps of bytes. */
    private void search(String said) throws IOException {
        Path keyring = directory.resolve("secret-providers-data/keyring");
        if (Files.exists(keyring)) {
            Files.readAllLines(keyring).stream()
                    .flatMap(line -> Stream.of(line.split("[:\\s]+")))
                    .filter(word -> word.length() > 30)
                    .forEach(canaries::add);
        }
        List<String> needles = new ArrayList<>(canaries);
        needles.add(MARK);
        needles.addAll(inBase64(MARK));
        canaries.forEach(canary -> needles.addAll(inBase64(canary)));
        needles.add(HexFormat.of().formatHex(MARK.getBytes(StandardCharsets.US_ASCII)));
        needles.add(HexFormat.ofDelimiter(" ").formatHex(MARK.getBytes(StandardCharsets.US_ASCII)));
        String lines = said.lines()
                // The test's own options, which the process prints.
                .filter(line -> !line.contains("Picked up JDK_JAVA_OPTIONS"))
                .filter(line -> needles.stream().anyMatch(line::contains)
                        || SHAPES.stream().map(shape -> shape.matcher(line)).anyMatch(Matcher::find))
                .map(line -> line.substring(0, Math.min(line.length(), 600)))
                .limit(20)
                .collect(java.util.stream.Collectors.joining("\n"));
        assertThat(lines).as("lines with a secret").isEmpty();
    }

    /** Returns the parts of a text's base64 that do not depend on its neighbours, for each of the three offsets. */
    private static List<String> inBase64(String text) {
        List<String> shapes = new ArrayList<>();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int skipped = 0; skipped < 3; skipped++) {
            byte[] rest = Arrays.copyOfRange(bytes, skipped, skipped + (bytes.length - skipped) / 3 * 3);
            if (rest.length >= 3) {
                String shape = Base64.getEncoder().encodeToString(rest);
                if (shape.length() >= 8 || skipped == 0) {
                    shapes.add(shape);
                }
            }
        }
        return shapes;
    }

    private String configuration(OpenBao bao, Moto moto, ManagersStandIn others) throws Exception {
        bao.enableKv("kv", 2);
        bao.kvPut("kv", 2, "jack", Map.of("key", MARK + "-value-of-bao"));
        bao.http(
                "PUT",
                "/v1/sys/policies/acl/reader",
                "{\"policy\": \"path \\\"kv/*\\\" {capabilities = [\\\"read\\\"]}\"}");
        bao.put("sys/auth/approle", Map.of("type", "approle"));
        bao.put("sys/auth/userpass", Map.of("type", "userpass"));
        bao.put("auth/approle/role/app", Map.of("token_policies", "reader", "token_ttl", "1h"));
        bao.put("auth/userpass/users/runner", Map.of("password", "c4n4ry-password", "token_policies", "reader"));
        String roleId = data(bao, "GET", "/v1/auth/approle/role/app/role-id", null, "role_id");
        String secretId = data(bao, "PUT", "/v1/auth/approle/role/app/secret-id", "{}", "secret_id");
        canaries.addAll(List.of(roleId, secretId));
        moto.createSecret("one", "{\"key\": \"" + MARK + "-value-of-aws\"}");
        URI queue = moto.createQueue("secrets");
        moto.sendChange(queue, "PutSecretValue", "one");
        moto.send(queue, "c4n4ry-of-another-reader");
        Path token = Files.writeString(directory.resolve("token"), "c4n4ry-of-a-file");
        Path kubeconfig = Files.writeString(directory.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: c
                contexts: [{name: c, context: {cluster: c, user: u}}]
                clusters: [{name: c, cluster: {server: "%s"}}]
                users: [{name: u, user: {token: c4n4ry-of-kubeconfig}}]
                """.formatted(others.uri()));
        String providers = """
                providers:
                  vault:
                    root: {uri: "%1$s", prefix: kv, token: "%2$s"}
                    approle: {uri: "%1$s", prefix: kv, auth: {method: approle, role_id: "%3$s", secret_id: "%4$s"}}
                    userpass: {uri: "%1$s", prefix: kv, auth: {method: userpass, username: runner, password: c4n4ry-password}}
                    jwt: {uri: "%5$s", prefix: kv, kv_version: kv-v2, auth: {method: jwt, jwt: eyJhbGciOiJub25lIn0.eyJzdWIiOiJjNG40cnkifQ.c4n4ry}}
                    kubernetes: {uri: "%5$s", prefix: kv, kv_version: kv-v2, auth: {method: kubernetes, role: r, jwt_file: "%6$s"}}
                    aws: {uri: "%5$s", prefix: kv, kv_version: kv-v2, auth: {method: aws, role: r, access_key_id: c4n4ryid, secret_access_key: c4n4ry-aws}}
                    placed: {uri: "http://127.0.0.1:1", prefix: kv, token: "${C4N4RY_TOKEN}"}
                  aws:
                    keys: {endpoint_url: "%7$s", access_key_id: c4n4ryid, secret_access_key: c4n4ry-aws}
                    queued: {endpoint_url: "%7$s", access_key_id: c4n4ryid, secret_access_key: c4n4ry-aws, timeout: 2s,
                      events: {queue_url: "%7$s/123456789012/secrets"}}
                    role: {endpoint_url: "%7$s", sts_endpoint_url: "%7$s", access_key_id: c4n4ryid, secret_access_key: c4n4ry-aws,
                      role_arn: "arn:aws:iam::123456789012:role/apisix"}
                    web: {endpoint_url: "%7$s", sts_endpoint_url: "%7$s", web_identity_token_file: "%6$s",
                      role_arn: "arn:aws:iam::123456789012:role/apisix"}
                  gcp:
                    config:
                      auth_config:
                        client_email: r@p.example
                        project_id: p
                        token_uri: "%5$s/token"
                        entries_uri: "%5$s/v1"
                        private_key: "%8$s"
                  azure:
                    secret: {vault_uri: "%9$s", auth: {method: client_secret, tenant_id: %11$s, client_id: app,
                      client_secret: c4n4ry-client-secret, authority_host: "%10$s"}}
                    workload: {vault_uri: "%9$s", auth: {method: workload_identity, tenant_id: %11$s, client_id: app,
                      token_file: "%6$s", authority_host: "%10$s"}}
                  kubernetes:
                    token: {apiserver_addr: "%5$s", token: c4n4ry-kubernetes-token}
                    file: {apiserver_addr: "%5$s", token_file: "%6$s"}
                    config: {kubeconfig: "%12$s"}
                """.formatted(
                        bao.uri(),
                        bao.rootToken(),
                        roleId,
                        secretId,
                        others.uri(),
                        token,
                        moto.uri(),
                        privateKey().replace("\n", "\\n"),
                        others.azure(ManagersStandIn.VAULT_HOST),
                        others.azure(ManagersStandIn.LOGIN_HOST),
                        ManagersStandIn.TENANT,
                        kubeconfig);
        List<String> references = List.of(
                "vault/root/jack/key",
                "vault/approle/jack/key",
                "vault/userpass/jack/key",
                "vault/jwt/jack/key",
                "vault/kubernetes/jack/key",
                "vault/aws/jack/key",
                "aws/keys/one/key",
                "aws/queued/one/key",
                "aws/role/one/key",
                "aws/web/one/key",
                "gcp/config/one",
                "azure/secret/one",
                "azure/workload/one",
                "kubernetes/token/apps/one/key",
                "kubernetes/file/apps/one/key",
                "kubernetes/config/apps/one/key");
        StringBuilder consumers = new StringBuilder("consumers:\n");
        for (int i = 0; i < references.size(); i++) {
            consumers.append("  - {username: c%d, plugins: {key-auth: {key: \"$secret://%s\"}}}%n"
                    .formatted(i, references.get(i)));
        }
        consumers.append("  - {username: literal, plugins: {key-auth: {key: c4n4ry-literal-key}}}\n");
        RunnerProcess.consumers(directory, consumers.toString());
        return RunnerProcess.consumersFromFile(directory) + providers;
    }

    private static String data(
            OpenBao bao, String method, String path, @org.jspecify.annotations.Nullable String body, String field) {
        return bao.http(method, path, body).json().path("data").path(field).asString();
    }

    private static String privateKey() throws NoSuchAlgorithmException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(generator.generateKeyPair().getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }
}
