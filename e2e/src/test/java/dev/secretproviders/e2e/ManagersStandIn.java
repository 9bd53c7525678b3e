package dev.secretproviders.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.zip.CRC32C;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Simulates the managers without a real peer: Google Cloud, Azure, Kubernetes, and Vault's logins that OpenBao lacks.
 * Each issued token, each value and the text of each refusal contains {@link #MARK}. It checks no request, since tests
 * with it look only at the runner's output about requests and answers.
 *
 * <p>A runner reaches it under the names of Azure's servers with {@link #javaOptions}.
 */
final class ManagersStandIn implements AutoCloseable {
    static final String MARK = "c4n4ry";
    static final String VAULT_HOST = "v.vault.azure.net";
    static final String LOGIN_HOST = "login.microsoftonline.com";
    static final String TENANT = "11111111-2222-3333-4444-555555555555";
    private static final String PASSWORD = "changeit";

    private final HttpServer plain;
    private final HttpsServer tls;
    private final Path keys;
    private final Path hosts;
    /** The requests, without queries. */
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    private volatile boolean refusing;

    ManagersStandIn(Path directory) throws IOException, GeneralSecurityException, InterruptedException {
        keys = certificate(directory);
        hosts = Files.writeString(
                directory.resolve("hosts"),
                "127.0.0.1 localhost\n127.0.0.1 " + VAULT_HOST + "\n127.0.0.1 " + LOGIN_HOST + "\n");
        InetSocketAddress place = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        plain = HttpServer.create(place, 0);
        tls = HttpsServer.create(place, 0);
        tls.setHttpsConfigurator(new HttpsConfigurator(context()));
        for (HttpServer server : List.of(plain, tls)) {
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", this::serve);
            server.start();
        }
    }

    String uri() {
        return "http://127.0.0.1:" + plain.getAddress().getPort();
    }

    /** Returns the address of one of Azure's simulated servers. */
    String azure(String host) {
        return "https://" + host + ":" + tls.getAddress().getPort();
    }

    /** Returns the options with which a Java process uses this as Azure's servers. */
    String javaOptions() {
        return "-Djavax.net.ssl.trustStore=" + keys + " -Djavax.net.ssl.trustStorePassword=" + PASSWORD;
    }

    /**
     * Returns the runner's command in a mount namespace where the names of the managers resolve to this server. The
     * Java runtime's own option for that would replace the runner's look-ups. Needs root.
     */
    RunnerCommand leadingTo(RunnerCommand runner) {
        List<String> words = new ArrayList<>(List.of(
                "unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", hosts.toString()));
        words.addAll(runner.words());
        return new RunnerCommand(words);
    }

    /** Answers everything with 403 from now on. */
    void refuse() {
        refusing = true;
    }

    Set<String> asked() {
        return asked;
    }

    private static Path certificate(Path directory) throws IOException, InterruptedException {
        Path file = directory.resolve("stand-in.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "key",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=stand-in",
                        "-ext",
                        "san=ip:127.0.0.1,dns:" + VAULT_HOST + ",dns:" + LOGIN_HOST,
                        "-ext",
                        "bc=ca:true",
                        "-keystore",
                        file.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IllegalStateException(said);
        }
        return file;
    }

    private SSLContext context() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        exchange.getRequestBody().readAllBytes();
        asked.add(path);
        if (refusing) {
            answer(exchange, 403, "{\"error\": {\"code\": \"Forbidden\", \"message\": \"c4n4ry-refused\"}}");
        } else if (path.equals("/token") || path.endsWith("/oauth2/v2.0/token")) {
            answer(
                    exchange,
                    200,
                    "{\"access_token\": \"c4n4ry-access-token\", \"expires_in\": 3600, \"token_type\": \"Bearer\"}");
        } else if (path.startsWith("/v1/projects/")) {
            google(exchange, path);
        } else if (path.startsWith("/secrets/")) {
            keyVault(exchange);
        } else if (path.startsWith("/api/v1/namespaces/")) {
            kubernetes(exchange, path);
        } else if (path.startsWith("/v1/auth/token/")) {
            answer(exchange, 200, "{\"data\": {\"ttl\": 3600, \"renewable\": true, \"id\": \"c4n4ry-vault-token\"}}");
        } else if (path.startsWith("/v1/auth/")) {
            answer(
                    exchange,
                    200,
                    "{\"auth\": {\"client_token\": \"c4n4ry-vault-token\", \"lease_duration\": 3600, \"renewable\": true}}");
        } else if (path.startsWith("/v1/kv/data/")) {
            answer(
                    exchange,
                    200,
                    "{\"data\": {\"data\": {\"key\": \"" + value("vault")
                            + "\"}, \"metadata\": {\"version\": 1, \"created_time\": \"2026-11-25T09:00:00Z\"}}}");
        } else {
            answer(exchange, 404, "{\"errors\": []}");
        }
    }

    private static void google(HttpExchange exchange, String path) throws IOException {
        byte[] value = value("gcp").getBytes(StandardCharsets.UTF_8);
        CRC32C checksum = new CRC32C();
        checksum.update(value);
        answer(
                exchange,
                200,
                "{\"name\": \"projects/7/secrets/" + path.split("[/:]", -1)[5]
                        + "/versions/1\", \"payload\": {\"data\": \""
                        + Base64.getEncoder().encodeToString(value) + "\", \"dataCrc32c\": \"" + checksum.getValue()
                        + "\"}}");
    }

    private void keyVault(HttpExchange exchange) throws IOException {
        if (exchange.getRequestHeaders().getFirst("Authorization") == null) {
            exchange.getResponseHeaders()
                    .set(
                            "WWW-Authenticate",
                            "Bearer authorization=\"https://" + LOGIN_HOST + "/" + TENANT
                                    + "\", resource=\"https://vault.azure.net\"");
            answer(exchange, 401, "{\"error\": {\"code\": \"Unauthorized\", \"message\": \"c4n4ry-challenge\"}}");
            return;
        }
        String item = "\"id\": \"" + azure(VAULT_HOST) + "/secrets/one/00000000000000000000000000000001\","
                + " \"attributes\": {\"enabled\": true, \"created\": 1700000000, \"updated\": 1700000000}";
        boolean list = exchange.getRequestURI().getPath().endsWith("/versions");
        answer(
                exchange,
                200,
                list ? "{\"value\": [{" + item + "}]}" : "{\"value\": \"" + value("azure") + "\", " + item + "}");
    }

    private static void kubernetes(HttpExchange exchange, String path) throws IOException {
        if (path.split("/", -1).length == 6) {
            answer(exchange, 403, "{\"kind\": \"Status\", \"message\": \"c4n4ry-watch\", \"reason\": \"Forbidden\"}");
            return;
        }
        answer(
                exchange,
                200,
                "{\"kind\": \"Secret\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"one\", \"namespace\": \"apps\","
                        + " \"uid\": \"u\", \"resourceVersion\": \"7\"}, \"type\": \"Opaque\", \"data\": {\"key\": \""
                        + Base64.getEncoder().encodeToString(value("kubernetes").getBytes(StandardCharsets.UTF_8))
                        + "\"}}");
    }

    /** Returns the value of each secret of a simulated manager. */
    static String value(String manager) {
        return MARK + "-value-of-" + manager;
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        plain.stop(0);
        tls.stop(0);
    }
}
