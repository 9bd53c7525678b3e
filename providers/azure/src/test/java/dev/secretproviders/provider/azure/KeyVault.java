package dev.secretproviders.provider.azure;

import static dev.secretproviders.provider.shared.StandInServer.answer;
import static dev.secretproviders.provider.shared.StandInServer.form;
import static dev.secretproviders.provider.shared.StandInServer.isSigned;
import static dev.secretproviders.provider.shared.StandInServer.pause;
import static dev.secretproviders.provider.shared.StandInServer.staySilent;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import com.sun.net.httpserver.HttpExchange;
import dev.secretproviders.provider.shared.AnswerTable;
import dev.secretproviders.provider.shared.StandInServer;
import java.io.IOException;
import java.net.URI;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers like a vault, Microsoft Entra ID's token endpoint and the instance metadata service, as their documentation
 * describes. {@link #network} redirects requests for Azure's own servers here, so the library's check of challenges
 * runs. Every refusal's text contains {@link #CANARY}.
 *
 * @see <a href="https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret">Get Secret</a>
 * @see <a href="https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses">challenge</a>
 * @see <a href="https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow">token endpoint</a>
 * @see <a href="https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token">metadata</a>
 */
final class KeyVault implements AutoCloseable {
    static final String CANARY = "canary-51ce";
    static final URI AUTHORITY = URI.create("https://login.microsoftonline.com");
    static final String TENANT = "11111111-2222-3333-4444-555555555555";
    private static final String HOST = "X-Original-Host";
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final AtomicInteger VAULTS = new AtomicInteger();

    /** A unique name for each vault: the library remembers challenges by name for the whole process. */
    private final URI address = URI.create("https://vault-" + VAULTS.incrementAndGet() + ".vault.azure.net");

    private final StandInServer server;
    private final Map<String, List<Version>> secrets = new ConcurrentHashMap<>();
    private volatile Map<String, String> login = Map.of();
    private volatile @Nullable PublicKey certificate;
    private volatile int vaultStatus = 200;
    private volatile String vaultCode = "";
    private volatile int listStatus = 200;
    private volatile int loginStatus = 200;
    private volatile boolean silent;
    private volatile AnswerTable.@Nullable Row canned;
    private volatile AnswerTable.@Nullable Row cannedLogin;
    private volatile Duration loginDelay = Duration.ZERO;
    private final Map<String, URI> elsewhere = new ConcurrentHashMap<>();
    private long clock = 1_700_000_000;

    private record Version(String id, String value, Map<String, Object> attributes) {}

    KeyVault() throws IOException {
        server = new StandInServer(null, Map.of("/", this::serve));
    }

    URI address() {
        return address;
    }

    /** Redirects a client's requests for Azure's servers to this server. */
    HttpClient network(HttpClient client) {
        return new HttpClient() {
            @Override
            public Mono<HttpResponse> send(HttpRequest request) {
                return client.send(here(request));
            }

            @Override
            public Mono<HttpResponse> send(HttpRequest request, Context context) {
                return client.send(here(request), context);
            }

            @Override
            public HttpResponse sendSync(HttpRequest request, Context context) {
                return client.sendSync(here(request), context);
            }
        };
    }

    /** Sets the form fields that a login must send. */
    void expect(Map<String, String> fields) {
        login = fields;
    }

    /** Sets the key that must sign logins. */
    void expectSignature(PublicKey key) {
        certificate = key;
    }

    /** Adds a version one second younger than the one before and returns its id. */
    synchronized String addVersion(String secret, String value) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("enabled", true);
        attributes.put("created", ++clock);
        attributes.put("updated", clock);
        Version version = new Version("%032x".formatted(0xabc000L + clock), value, attributes);
        secrets.computeIfAbsent(secret, name -> new CopyOnWriteArrayList<>()).add(version);
        return version.id();
    }

    /** Changes an attribute of a version: {@code enabled}, {@code exp} or {@code nbf}. */
    void attribute(String secret, int index, String name, Object value) {
        secrets.getOrDefault(secret, List.of())
                .get(index)
                .attributes()
                .put(name, value instanceof Instant instant ? instant.getEpochSecond() : value);
    }

    void delete(String secret) {
        secrets.remove(secret);
    }

    /** Answers every read of a secret with this answer. */
    void answerReads(AnswerTable.Row answer) {
        canned = answer;
    }

    /** Answers every login with this answer. */
    void answerLogins(AnswerTable.Row answer) {
        cannedLogin = answer;
    }

    void failVault(int status, String code) {
        vaultStatus = status;
        vaultCode = code;
    }

    void failLists(int status) {
        listStatus = status;
    }

    void failLogin(int status) {
        loginStatus = status;
    }

    /** Stops answering. */
    void fallSilent() {
        silent = true;
    }

    void delayLogins(Duration delay) {
        loginDelay = delay;
    }

    /** Redirects requests for one of Azure's servers to another server from now on. */
    void lead(String host, URI server) {
        elsewhere.put(host, server);
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

    private HttpRequest here(HttpRequest request) {
        String host = request.getUrl().getHost();
        HttpRequest copy = request.copy();
        copy.setHeader(com.azure.core.http.HttpHeaderName.fromString(HOST), host);
        return copy.setUrl(elsewhere.getOrDefault(host, server.address())
                + request.getUrl().getFile());
    }

    private void serve(HttpExchange exchange) throws IOException {
        if (silent) {
            staySilent();
            return;
        }
        String host = String.valueOf(exchange.getRequestHeaders().getFirst(HOST));
        if (host.equals(AUTHORITY.getHost())) {
            token(exchange);
        } else if (host.equals("169.254.169.254")) {
            metadataToken(exchange);
        } else if (host.equals(address.getHost())) {
            vault(exchange);
        } else {
            answer(exchange, 404, host);
        }
    }

    private void token(HttpExchange exchange) throws IOException {
        pause(loginDelay);
        AnswerTable.Row answer = cannedLogin;
        if (answer != null) {
            answer.send(exchange);
            return;
        }
        Map<String, String> form = form(exchange);
        PublicKey key = certificate;
        boolean right = exchange.getRequestURI().getPath().equals("/" + TENANT + "/oauth2/v2.0/token")
                && "client_credentials".equals(form.get("grant_type"))
                && String.valueOf(form.get("scope")).contains("https://vault.azure.net/.default")
                && form.entrySet().containsAll(login.entrySet())
                && (key == null || isSigned(form.getOrDefault("client_assertion", ""), key, true));
        if (loginStatus != 200 || !right) {
            answer(
                    exchange,
                    loginStatus != 200 ? loginStatus : 401,
                    JSON.writeValueAsString(Map.of(
                            "error",
                            "invalid_client",
                            "error_description",
                            "AADSTS7000215: " + CANARY,
                            "error_codes",
                            List.of(7000215))));
            return;
        }
        answer(
                exchange,
                200,
                JSON.writeValueAsString(
                        Map.of("token_type", "Bearer", "expires_in", 3599, "access_token", server.issueToken())));
    }

    private void metadataToken(HttpExchange exchange) throws IOException {
        boolean right = "true".equals(exchange.getRequestHeaders().getFirst("Metadata"))
                && String.valueOf(exchange.getRequestURI().getQuery()).contains("resource=https://vault.azure.net");
        if (loginStatus != 200 || !right) {
            answer(
                    exchange,
                    loginStatus != 200 ? loginStatus : 400,
                    JSON.writeValueAsString(Map.of("error", "invalid_request", "error_description", CANARY)));
            return;
        }
        answer(
                exchange,
                200,
                JSON.writeValueAsString(Map.of(
                        "token_type",
                        "Bearer",
                        "expires_in",
                        "86399",
                        "expires_on",
                        Long.toString(Instant.now().getEpochSecond() + 86_399),
                        "resource",
                        "https://vault.azure.net",
                        "access_token",
                        server.issueToken())));
    }

    private void vault(HttpExchange exchange) throws IOException {
        if (!server.isAuthorized(exchange)) {
            exchange.getResponseHeaders()
                    .set(
                            "WWW-Authenticate",
                            "Bearer authorization=\"" + AUTHORITY + "/" + TENANT
                                    + "\", resource=\"https://vault.azure.net\"");
            refuse(exchange, 401, "Unauthorized", "");
            return;
        }
        String[] path = exchange.getRequestURI().getPath().split("/", -1);
        List<Version> versions = secrets.getOrDefault(path[2], List.of());
        String asked = path.length > 3 ? path[3] : "";
        if (asked.equals("versions")) {
            list(exchange, path[2], versions);
            return;
        }
        Version version = asked.isEmpty() && !versions.isEmpty()
                ? versions.getLast()
                : versions.stream()
                        .filter(candidate -> candidate.id().equals(asked))
                        .findFirst()
                        .orElse(null);
        AnswerTable.Row answer = canned;
        if (answer != null) {
            answer.send(exchange);
        } else if (vaultStatus != 200) {
            refuse(exchange, vaultStatus, vaultCode, "");
        } else if (version == null) {
            refuse(exchange, 404, "SecretNotFound", "");
        } else if (Boolean.FALSE.equals(version.attributes().get("enabled"))) {
            refuse(exchange, 403, "Forbidden", "SecretDisabled");
        } else {
            answer(
                    exchange,
                    200,
                    JSON.writeValueAsString(Map.of(
                            "value", version.value(), "id", id(path[2], version), "attributes", version.attributes())));
        }
    }

    private void list(HttpExchange exchange, String secret, List<Version> versions) throws IOException {
        if (listStatus != 200) {
            refuse(exchange, listStatus, "Forbidden", "AccessDenied");
            return;
        }
        List<Map<String, Object>> items = new ArrayList<>();
        versions.forEach(version -> items.add(Map.of("id", id(secret, version), "attributes", version.attributes())));
        Map<String, @Nullable Object> page = new LinkedHashMap<>();
        page.put("value", items);
        page.put("nextLink", null);
        answer(exchange, 200, JSON.writeValueAsString(page));
    }

    private String id(String secret, Version version) {
        return address + "/secrets/" + secret + "/" + version.id();
    }

    private static void refuse(HttpExchange exchange, int status, String code, String inner) throws IOException {
        Map<String, Object> error = new LinkedHashMap<>(Map.of("code", code, "message", CANARY));
        if (!inner.isEmpty()) {
            error.put("innererror", Map.of("code", inner));
        }
        answer(
                exchange,
                status,
                code.isEmpty() ? "<html>" + CANARY + "</html>" : JSON.writeValueAsString(Map.of("error", error)));
    }
}
