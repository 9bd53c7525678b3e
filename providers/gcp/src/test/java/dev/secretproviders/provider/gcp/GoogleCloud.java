package dev.secretproviders.provider.gcp;

import static dev.secretproviders.provider.shared.StandInServer.answer;
import static dev.secretproviders.provider.shared.StandInServer.form;
import static dev.secretproviders.provider.shared.StandInServer.isSigned;
import static dev.secretproviders.provider.shared.StandInServer.pause;
import static dev.secretproviders.provider.shared.StandInServer.staySilent;

import com.sun.net.httpserver.HttpExchange;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.provider.shared.AnswerTable;
import dev.secretproviders.provider.shared.StandInServer;
import dev.secretproviders.spi.SecretProvider;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.CRC32C;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers like Secret Manager's REST API, Google's token endpoint, its security token service and the metadata server,
 * as their documentation describes. Every error's text contains {@link #CANARY}, as Google's texts contain names of
 * resources.
 *
 * @see <a href="https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access">access</a>
 * @see <a href="https://developers.google.com/identity/protocols/oauth2/service-account#httprest">token endpoint</a>
 * @see <a href="https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token">security token service</a>
 * @see <a href="https://cloud.google.com/compute/docs/access/authenticate-workloads#applications">metadata server</a>
 */
final class GoogleCloud implements AutoCloseable {
    static final String CANARY = "canary-7b21";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final StandInServer server;
    private final Map<String, List<Version>> secrets = new ConcurrentHashMap<>();
    private final Map<String, Integer> aliases = new ConcurrentHashMap<>();
    private volatile @Nullable PublicKey accountKey;
    private volatile AnswerTable.@Nullable Row canned;
    private volatile AnswerTable.@Nullable Row cannedLogin;
    private volatile Fault apiFault = Fault.NONE;
    private volatile Fault loginFault = Fault.NONE;
    private volatile Duration loginDelay = Duration.ZERO;

    /** One version; its state is ENABLED, DISABLED or DESTROYED. */
    private record Version(String base64, String state) {}

    /** An answer to every request; silence for status 0. */
    record Fault(int status, String code) {
        static final Fault NONE = new Fault(200, "");
        static final Fault SILENCE = new Fault(0, "");
    }

    GoogleCloud() throws IOException {
        this(null);
    }

    GoogleCloud(@Nullable SSLContext tls) throws IOException {
        server = new StandInServer(
                tls,
                Map.of(
                        "/token",
                        this::serviceAccountToken,
                        "/v1/token",
                        this::exchangedToken,
                        "/computeMetadata/v1/instance/service-accounts/default/token",
                        this::metadataToken,
                        "/v1/projects/p/secrets/",
                        this::access));
    }

    URI address() {
        return server.address();
    }

    /** Redirects a client's connections to Google's own servers to this server. */
    HttpURLConnection connect(URL url) throws IOException {
        boolean ours = url.getHost().equals("127.0.0.1");
        return (HttpURLConnection)
                (ours ? url : address().resolve(url.getFile()).toURL()).openConnection();
    }

    /** Sets the service account's key that must sign logins. */
    void expect(PublicKey key) {
        accountKey = key;
    }

    /** Returns a provider that logs in with a service account's key. */
    SecretProvider provider(ServiceAccountKey key, String timeout) {
        return TestProviders.create(
                new GcpProviderFactory(),
                Map.of(
                        "timeout",
                        timeout,
                        "auth_config",
                        Map.of(
                                "client_email",
                                "runner@p.example",
                                "private_key",
                                key.pem(),
                                "project_id",
                                "p",
                                "token_uri",
                                address() + "/token",
                                "entries_uri",
                                address() + "/v1")));
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

    /** Answers every read of a secret with this answer. */
    void answerReads(AnswerTable.Row answer) {
        canned = answer;
    }

    /** Answers every login with this answer. */
    void answerLogins(AnswerTable.Row answer) {
        cannedLogin = answer;
    }

    void failLogin(Fault fault) {
        loginFault = fault;
    }

    void delayLogins(Duration delay) {
        loginDelay = delay;
    }

    /** Rejects all tokens issued so far. */
    void revokeTokens() {
        server.revokeTokens();
    }

    int logins() {
        return server.issued();
    }

    @Override
    public void close() {
        server.close();
    }

    private void serviceAccountToken(HttpExchange exchange) throws IOException {
        Map<String, String> form = form(exchange);
        PublicKey key = accountKey;
        boolean right = "urn:ietf:params:oauth:grant-type:jwt-bearer".equals(form.get("grant_type"))
                && key != null
                && isSigned(form.getOrDefault("assertion", ""), key, false);
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
            staySilent();
        } else if (fault.equals(Fault.NONE)) {
            String type = exchanged ? ", \"issued_token_type\": \"urn:ietf:params:oauth:token-type:access_token\"" : "";
            answer(
                    exchange,
                    200,
                    "{\"access_token\": \"" + server.issueToken()
                            + "\", \"expires_in\": 3600, \"token_type\": \"Bearer\"" + type + "}");
        } else {
            answer(
                    exchange,
                    fault.status(),
                    "{\"error\": \"" + fault.code() + "\", \"error_description\": \"" + CANARY + "\"}");
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
        AnswerTable.Row answer = canned;
        if (apiFault.equals(Fault.SILENCE)) {
            staySilent();
        } else if (!server.isAuthorized(exchange)) {
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
}
