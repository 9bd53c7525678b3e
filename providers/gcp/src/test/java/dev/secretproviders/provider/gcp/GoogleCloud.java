package dev.secretproviders.provider.gcp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.secretproviders.provider.shared.AnswerTable;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.zip.CRC32C;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers as Secret Manager's REST API, Google's token endpoint, its security token service and the metadata server are
 * published to. Every error's text holds {@link #CANARY}, as Google's texts hold names of resources.
 *
 * @see <a href="https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access">access</a>
 * @see <a href="https://developers.google.com/identity/protocols/oauth2/service-account#httprest">token endpoint</a>
 * @see <a href="https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token">security token service</a>
 * @see <a href="https://cloud.google.com/compute/docs/access/authenticate-workloads#applications">metadata server</a>
 */
final class GoogleCloud implements AutoCloseable {
    static final String CANARY = "canary-7b21";
    private static final Duration SILENCE = Duration.ofMinutes(1);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpServer server;
    private final String scheme;
    private final Map<String, List<Version>> secrets = new ConcurrentHashMap<>();
    private final Map<String, Integer> aliases = new ConcurrentHashMap<>();
    private final List<String> tokens = new CopyOnWriteArrayList<>();
    private volatile @Nullable PublicKey accountKey;
    private volatile AnswerTable.@Nullable Row canned;
    private volatile AnswerTable.@Nullable Row cannedLogin;
    private volatile Fault apiFault = Fault.NONE;
    private volatile Fault loginFault = Fault.NONE;
    private volatile Duration loginDelay = Duration.ZERO;

    /** One version; its state is ENABLED, DISABLED or DESTROYED. */
    private record Version(String base64, String state) {}

    /** An answer that everybody gets; silence for status 0. */
    record Fault(int status, String code) {
        static final Fault NONE = new Fault(200, "");
        static final Fault SILENCE = new Fault(0, "");
    }

    GoogleCloud() throws IOException {
        this(null);
    }

    GoogleCloud(@Nullable SSLContext tls) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls == null) {
            server = HttpServer.create(address, 0);
        } else {
            HttpsServer secure = HttpsServer.create(address, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = secure;
        }
        scheme = tls == null ? "http" : "https";
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/token", this::serviceAccountToken);
        server.createContext("/v1/token", this::exchangedToken);
        server.createContext("/computeMetadata/v1/instance/service-accounts/default/token", this::metadataToken);
        server.createContext("/v1/projects/p/secrets/", this::access);
        server.start();
    }

    URI address() {
        return URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Leads a client's connections to the names of Google's own servers to this one. */
    HttpURLConnection connect(URL url) throws IOException {
        boolean ours = url.getHost().equals("127.0.0.1");
        return (HttpURLConnection)
                (ours ? url : address().resolve(url.getFile()).toURL()).openConnection();
    }

    /** The service account's key that logins must be signed with. */
    void expect(PublicKey key) {
        accountKey = key;
    }

    void addVersion(String secret, byte[] value) {
        secrets.computeIfAbsent(secret, name -> new CopyOnWriteArrayList<>())
                .add(new Version(Base64.getEncoder().encodeToString(value), "ENABLED"));
    }

    void state(String secret, int number, String state) {
        List<Version> versions = secrets.getOrDefault(secret, List.of());
        versions.set(number - 1, new Version(versions.get(number - 1).base64(), state));
    }

    void alias(String secret, String alias, int number) {
        aliases.put(secret + "/" + alias, number);
    }

    void delete(String secret) {
        secrets.remove(secret);
    }

    void failApi(Fault fault) {
        apiFault = fault;
    }

    /** Answers every read of a secret with this. */
    void answerReads(AnswerTable.Row answer) {
        canned = answer;
    }

    /** Answers every log-in with this. */
    void answerLogins(AnswerTable.Row answer) {
        cannedLogin = answer;
    }

    void failLogin(Fault fault) {
        loginFault = fault;
    }

    void delayLogins(Duration delay) {
        loginDelay = delay;
    }

    /** Tokens handed out so far are refused from now on. */
    void revokeTokens() {
        tokens.replaceAll(token -> "revoked");
    }

    int logins() {
        return tokens.size();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void serviceAccountToken(HttpExchange exchange) throws IOException {
        Map<String, String> form = form(exchange);
        boolean right = "urn:ietf:params:oauth:grant-type:jwt-bearer".equals(form.get("grant_type"))
                && signed(form.getOrDefault("assertion", ""));
        handOut(exchange, right, false);
    }

    private void exchangedToken(HttpExchange exchange) throws IOException {
        Map<String, String> form = form(exchange);
        boolean right = "urn:ietf:params:oauth:grant-type:token-exchange".equals(form.get("grant_type"))
                && "//iam.googleapis.com/pool".equals(form.get("audience"))
                && "cluster-token".equals(form.get("subject_token"));
        handOut(exchange, right, true);
    }

    private void metadataToken(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Metadata-Flavor", "Google");
        handOut(exchange, "Google".equals(exchange.getRequestHeaders().getFirst("Metadata-Flavor")), false);
    }

    private void handOut(HttpExchange exchange, boolean right, boolean exchanged) throws IOException {
        Fault fault = right ? loginFault : new Fault(400, "invalid_grant");
        pause(loginDelay);
        AnswerTable.Row answer = cannedLogin;
        if (answer != null) {
            answer.send(exchange);
        } else if (fault.equals(Fault.SILENCE)) {
            pause(SILENCE);
        } else if (fault.equals(Fault.NONE)) {
            String token = "token-" + (tokens.size() + 1);
            tokens.add(token);
            String type = exchanged ? ", \"issued_token_type\": \"urn:ietf:params:oauth:token-type:access_token\"" : "";
            answer(
                    exchange,
                    200,
                    "{\"access_token\": \"" + token + "\", \"expires_in\": 3600, \"token_type\": \"Bearer\"" + type
                            + "}");
        } else {
            answer(
                    exchange,
                    fault.status(),
                    "{\"error\": \"" + fault.code() + "\", \"error_description\": \"" + CANARY + "\"}");
        }
    }

    private boolean signed(String jwt) {
        PublicKey key = accountKey;
        String[] parts = jwt.split("\\.", -1);
        if (key == null || parts.length != 3) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(key);
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            return signature.verify(Base64.getUrlDecoder().decode(parts[2]));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private void access(HttpExchange exchange) throws IOException {
        List<String> path =
                new ArrayList<>(Arrays.asList(exchange.getRequestURI().getPath().split("[/:]", -1)));
        String secret = path.get(5);
        List<Version> versions = secrets.getOrDefault(secret, List.of());
        String asked = path.get(7);
        int number = asked.equals("latest")
                ? versions.size()
                : asked.matches("[0-9]+") ? Integer.parseInt(asked) : aliases.getOrDefault(secret + "/" + asked, 0);
        String bearer = exchange.getRequestHeaders().getFirst("Authorization");
        AnswerTable.Row answer = canned;
        if (apiFault.equals(Fault.SILENCE)) {
            pause(SILENCE);
        } else if (bearer == null || !tokens.contains(bearer.replace("Bearer ", ""))) {
            refuse(exchange, 401, "UNAUTHENTICATED", CANARY);
        } else if (answer != null) {
            answer.send(exchange);
        } else if (!apiFault.equals(Fault.NONE)) {
            refuse(exchange, apiFault.status(), apiFault.code(), CANARY);
        } else if (number < 1 || number > versions.size()) {
            refuse(exchange, 404, "NOT_FOUND", "Secret [" + CANARY + "] not found or has no versions.");
        } else if (!versions.get(number - 1).state().equals("ENABLED")) {
            refuse(
                    exchange,
                    400,
                    "FAILED_PRECONDITION",
                    "Secret Version [" + CANARY + "] is in "
                            + versions.get(number - 1).state() + " state.");
        } else {
            byte[] value = Base64.getDecoder().decode(versions.get(number - 1).base64());
            CRC32C checksum = new CRC32C();
            checksum.update(value);
            answer(
                    exchange,
                    200,
                    JSON.writeValueAsString(Map.of(
                            "name",
                            "projects/7/secrets/" + secret + "/versions/" + number,
                            "payload",
                            Map.of(
                                    "data",
                                    Base64.getEncoder().encodeToString(value),
                                    "dataCrc32c",
                                    Long.toString(checksum.getValue())))));
        }
    }

    private static void refuse(HttpExchange exchange, int status, String code, String text) throws IOException {
        String body = code.isEmpty()
                ? "<html>" + CANARY + "</html>"
                : "{\"error\": {\"code\": " + status + ", \"message\": \"" + text + "\", \"status\": \"" + code
                        + "\"}}";
        answer(exchange, status, body);
    }

    /** Leaves the connection open and says nothing. */
    private static void pause(Duration length) {
        try {
            Thread.sleep(length);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Map<String, String> form(HttpExchange exchange) throws IOException {
        Map<String, String> form = new HashMap<>();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        for (String pair : body.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            form.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return form;
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
