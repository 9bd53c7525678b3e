package dev.secretproviders.provider.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.provider.shared.AnswerTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers as a vault, Microsoft Entra ID's token endpoint and the instance metadata service are published to. Clients are led here by
 * {@link #network}, under the names of Azure's own servers, so that the library's check of challenges runs. Every refusal's text
 * holds {@link #CANARY}.
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
    private static final Duration SILENCE = Duration.ofMinutes(1);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final AtomicInteger VAULTS = new AtomicInteger();

    /** Its own name for each vault: the library remembers challenges by name for the whole process. */
    private final URI address = URI.create("https://vault-" + VAULTS.incrementAndGet() + ".vault.azure.net");

    private final HttpServer server;
    private final Map<String, List<Version>> secrets = new ConcurrentHashMap<>();
    private final List<String> tokens = new CopyOnWriteArrayList<>();
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
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::serve);
        server.start();
    }

    URI address() {
        return address;
    }

    /** Leads a client's requests for Azure's servers here. */
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

    /** The form fields that a login must bring. */
    void expect(Map<String, String> fields) {
        login = fields;
    }

    /** The key that logins must be signed with. */
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

    /** Changes an attribute of the youngest version, {@code enabled}, {@code exp} or {@code nbf}. */
    void attribute(String secret, int index, String name, Object value) {
        secrets.getOrDefault(secret, List.of())
                .get(index)
                .attributes()
                .put(name, value instanceof Instant instant ? instant.getEpochSecond() : value);
    }

    void delete(String secret) {
        secrets.remove(secret);
    }

    /** Answers every read of a secret with this. */
    void answerReads(AnswerTable.Row answer) {
        canned = answer;
    }

    /** Answers every log-in with this. */
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

    /** Says nothing from now on. */
    void fallSilent() {
        silent = true;
    }

    void delayLogins(Duration delay) {
        loginDelay = delay;
    }

    /** Requests for one of Azure's servers go to another one from now on. */
    void lead(String host, URI server) {
        elsewhere.put(host, server);
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

    private HttpRequest here(HttpRequest request) {
        String host = request.getUrl().getHost();
        HttpRequest copy = request.copy();
        copy.setHeader(com.azure.core.http.HttpHeaderName.fromString(HOST), host);
        URI here = elsewhere.getOrDefault(
                host, URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
        return copy.setUrl(here + request.getUrl().getFile());
    }

    private void serve(HttpExchange exchange) throws IOException {
        if (silent) {
            pause(SILENCE);
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
        boolean right = exchange.getRequestURI().getPath().equals("/" + TENANT + "/oauth2/v2.0/token")
                && "client_credentials".equals(form.get("grant_type"))
                && String.valueOf(form.get("scope")).contains("https://vault.azure.net/.default")
                && form.entrySet().containsAll(login.entrySet())
                && (certificate == null || signed(form.getOrDefault("client_assertion", "")));
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
                        Map.of("token_type", "Bearer", "expires_in", 3599, "access_token", newToken())));
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
                        newToken())));
    }

    private String newToken() {
        String token = "token-" + (tokens.size() + 1);
        tokens.add(token);
        return token;
    }

    /** Entra ID takes PS256 and RS256. */
    private boolean signed(String jwt) {
        String[] parts = jwt.split("\\.", -1);
        if (parts.length != 3) {
            return false;
        }
        try {
            boolean pss = new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8).contains("PS256");
            Signature signature = Signature.getInstance(pss ? "RSASSA-PSS" : "SHA256withRSA");
            if (pss) {
                signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
            }
            signature.initVerify(certificate);
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            return signature.verify(Base64.getUrlDecoder().decode(parts[2]));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private void vault(HttpExchange exchange) throws IOException {
        String bearer = exchange.getRequestHeaders().getFirst("Authorization");
        if (bearer == null || !tokens.contains(bearer.replace("Bearer ", ""))) {
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
