package dev.secretproviders.provider.shared;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
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
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The HTTP server of a stand-in for a cloud's secret manager, on loopback. It issues bearer tokens. Thread-safe. */
public final class StandInServer implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofMinutes(1);

    private final HttpServer server;
    private final String scheme;
    private final List<String> tokens = new CopyOnWriteArrayList<>();

    /**
     * Starts a server.
     *
     * @param tls null for plain HTTP
     * @param handlers what serves each path and all paths below it
     */
    public StandInServer(@Nullable SSLContext tls, Map<String, HttpHandler> handlers) throws IOException {
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
        handlers.forEach(server::createContext);
        server.start();
    }

    public URI address() {
        return URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Issues the next token: {@code token-1}, {@code token-2} and so on. */
    public String issueToken() {
        String token = "token-" + (tokens.size() + 1);
        tokens.add(token);
        return token;
    }

    /** Returns how many tokens were issued, revoked ones included. */
    public int issued() {
        return tokens.size();
    }

    /** Rejects all tokens issued so far. */
    public void revokeTokens() {
        tokens.replaceAll(token -> "revoked");
    }

    /** Returns whether a request carries a token that was issued and not revoked. */
    public boolean isAuthorized(HttpExchange exchange) {
        String bearer = exchange.getRequestHeaders().getFirst("Authorization");
        return bearer != null && tokens.contains(bearer.replace("Bearer ", ""));
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /** Reads a form, with an empty value for a field without one. */
    public static Map<String, String> form(HttpExchange exchange) throws IOException {
        Map<String, String> form = new HashMap<>();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        for (String pair : body.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            form.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return form;
    }

    /** Sends a JSON body. */
    public static void answer(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Leaves the connection open without an answer. */
    public static void staySilent() {
        pause(SILENCE);
    }

    /** Waits before an answer. */
    public static void pause(Duration length) {
        try {
            Thread.sleep(length);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns whether a JSON Web Token has this key's signature, by RS256 or, if the server takes it, by PS256. */
    public static boolean isSigned(String jwt, PublicKey key, boolean takesPss) {
        String[] parts = jwt.split("\\.", -1);
        if (parts.length != 3) {
            return false;
        }
        try {
            boolean pss = takesPss
                    && new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8).contains("PS256");
            Signature signature = Signature.getInstance(pss ? "RSASSA-PSS" : "SHA256withRSA");
            if (pss) {
                signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
            }
            signature.initVerify(key);
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            return signature.verify(Base64.getUrlDecoder().decode(parts[2]));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
