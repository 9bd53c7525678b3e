package dev.secretproviders.provider.vault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real OpenBao with Vault's auth method {@code aws} in front, which OpenBao does not have. It does what Vault 1.x does with
 * a login: checks the signed request's form and headers, sends it to STS, here moto, and grants a token to who that
 * names. moto checks no signature, so it is computed here a second time, from AWS's description and without the SDK.
 *
 * <p>It is STS too, for those who take a role on: moto, of whose answers it keeps the keys that it hands out.
 *
 * @see <a href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html">signing</a>
 */
final class AwsAuthVault implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Pattern AUTHORIZATION = Pattern.compile(
            "AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+), Signature=(\\p{XDigit}{64})");
    private static final Pattern HANDED_OUT = Pattern.compile(
            "<AccessKeyId>([^<]+)</AccessKeyId>\\s*<SecretAccessKey>([^<]+)</SecretAccessKey>", Pattern.DOTALL);
    private static final Pattern ARN = Pattern.compile("<Arn>([^<]+)</Arn>");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    /** As Vault's default. */
    private static final List<String> ALLOWED_AMZ_HEADERS = List.of(
            "x-amz-algorithm",
            "x-amz-content-sha256",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-security-token",
            "x-amz-signature",
            "x-amz-signedheaders",
            "x-amz-user-agent");

    private final OpenBao bao;
    private final Moto moto;
    private final HttpServer server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, String> secretKeys = new ConcurrentHashMap<>();
    private final AtomicInteger stsStatus = new AtomicInteger();

    /** Who logged in: the ARN that STS named, the host that the request was signed for, and its region. */
    record Login(String role, String arn, String host, String region) {}

    final List<Login> logins = new CopyOnWriteArrayList<>();
    volatile String serverId = "";

    AwsAuthVault(OpenBao bao, Moto moto) throws IOException {
        this.bao = bao;
        this.moto = moto;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/auth/aws/login", this::logIn);
        server.createContext("/v1/", exchange -> pass(exchange, bao.uri()));
        server.createContext("/", this::askSts);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** From now on AWS knows this key, or knows it by another secret than before. */
    void know(String accessKeyId, String secretAccessKey) {
        secretKeys.put(accessKeyId, secretAccessKey);
    }

    void forget(String accessKeyId) {
        secretKeys.remove(accessKeyId);
    }

    /** From now on STS answers with this status, to those who take a role on; 0 for what it really says. */
    void answerSts(int status) {
        stsStatus.set(status);
    }

    @Override
    public void close() {
        server.stop(0);
        http.shutdownNow();
    }

    private void logIn(HttpExchange exchange) throws IOException {
        JsonNode body = JSON.readTree(exchange.getRequestBody());
        try {
            URI url = URI.create(decoded(body, "iam_request_url"));
            String question = decoded(body, "iam_request_body");
            Map<String, String> headers = new TreeMap<>();
            for (Map.Entry<String, JsonNode> header :
                    JSON.readTree(decoded(body, "iam_request_headers")).properties()) {
                headers.put(
                        header.getKey().toLowerCase(Locale.ROOT),
                        String.join(
                                ",",
                                header.getValue()
                                        .valueStream()
                                        .map(JsonNode::asString)
                                        .toList()));
            }
            Matcher authorization = AUTHORIZATION.matcher(headers.getOrDefault("authorization", ""));
            require(body.path("iam_http_request_method").asString("").equals("POST"), "method");
            require(url.getRawPath().equals("/") && url.getRawQuery() == null, "url");
            require(question.equals("Action=GetCallerIdentity&Version=2011-06-15"), "body");
            require(authorization.matches(), "authorization header");
            List<String> signed = List.of(authorization.group(5).split(";", -1));
            for (String name : headers.keySet()) {
                require(!name.startsWith("x-amz-") || ALLOWED_AMZ_HEADERS.contains(name), "header " + name);
            }
            if (!serverId.isEmpty()) {
                require(serverId.equals(headers.get("x-vault-aws-iam-server-id")), "server id");
                require(signed.contains("x-vault-aws-iam-server-id"), "server id that was not signed");
            }
            require(url.getAuthority().equals(headers.get("host")), "host");
            require(isSigned(authorization, signed, headers, question), "signature");
            HttpResponse<byte[]> identity = http.send(
                    HttpRequest.newBuilder(moto.uri().resolve("/"))
                            .header("Authorization", headers.getOrDefault("authorization", ""))
                            .header("Content-Type", headers.getOrDefault("content-type", ""))
                            .POST(BodyPublishers.ofString(question))
                            .build(),
                    BodyHandlers.ofByteArray());
            Matcher arn = ARN.matcher(new String(identity.body(), StandardCharsets.UTF_8));
            require(identity.statusCode() == 200 && arn.find(), "identity");
            logins.add(new Login(body.path("role").asString(""), arn.group(1), url.getHost(), authorization.group(3)));
            JsonNode auth = bao.put("auth/token/create", Map.of("policies", List.of("reader"), "ttl", "1h"))
                    .path("auth");
            answer(exchange, 200, JSON.writeValueAsBytes(Map.of("auth", auth)));
        } catch (RefusedException | IllegalArgumentException e) {
            answer(exchange, 400, JSON.writeValueAsBytes(Map.of("errors", List.of(String.valueOf(e.getMessage())))));
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private boolean isSigned(Matcher authorization, List<String> signed, Map<String, String> headers, String body)
            throws GeneralSecurityException {
        String key = secretKeys.get(authorization.group(1));
        Instant at = TIME.parse(headers.getOrDefault("x-amz-date", ""), Instant::from);
        if (key == null || Duration.between(at, Instant.now()).abs().toMinutes() > 15 || !signed.contains("host")) {
            return false;
        }
        StringBuilder canonical = new StringBuilder("POST\n/\n\n");
        for (String name : signed) {
            canonical
                    .append(name)
                    .append(':')
                    .append(headers.getOrDefault(name, "").strip())
                    .append('\n');
        }
        canonical.append('\n').append(String.join(";", signed)).append('\n').append(sha256(body));
        String scope = authorization.group(2) + "/" + authorization.group(3) + "/sts/aws4_request";
        String toSign = "AWS4-HMAC-SHA256\n" + TIME.format(at) + "\n" + scope + "\n" + sha256(canonical.toString());
        byte[] signing = ("AWS4" + key).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.split("/", -1)) {
            signing = hmac(signing, part);
        }
        return HexFormat.of().formatHex(hmac(signing, toSign)).equals(authorization.group(6));
    }

    private void askSts(HttpExchange exchange) throws IOException {
        if (stsStatus.get() != 0) {
            exchange.getResponseHeaders().set("Content-Type", "text/xml");
            answer(
                    exchange,
                    stsStatus.get(),
                    "<ErrorResponse><Error><Code>Canary</Code><Message>canary</Message></Error></ErrorResponse>"
                            .getBytes(StandardCharsets.UTF_8));
            return;
        }
        byte[] answer = pass(exchange, moto.uri());
        Matcher handedOut = HANDED_OUT.matcher(new String(answer, StandardCharsets.UTF_8));
        while (handedOut.find()) {
            know(handedOut.group(1), handedOut.group(2));
        }
    }

    private byte[] pass(HttpExchange exchange, URI to) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(to.resolve(exchange.getRequestURI()))
                .method(
                        exchange.getRequestMethod(),
                        BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()));
        for (String name : List.of("X-Vault-Token", "X-Vault-Request", "Content-Type", "Authorization")) {
            @Nullable String value = exchange.getRequestHeaders().getFirst(name);
            if (value != null) {
                request.header(name, value);
            }
        }
        try {
            HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
            answer.headers()
                    .firstValue("Content-Type")
                    .ifPresent(type -> exchange.getResponseHeaders().set("Content-Type", type));
            answer(exchange, answer.statusCode(), answer.body());
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static String decoded(JsonNode body, String field) {
        return new String(Base64.getDecoder().decode(body.path(field).asString("")), StandardCharsets.UTF_8);
    }

    private static String sha256(String text) throws GeneralSecurityException {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void require(boolean condition, String what) throws RefusedException {
        if (!condition) {
            throw new RefusedException(what);
        }
    }

    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String what) {
            super("wrong " + what);
        }
    }
}
