package dev.secretproviders.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A running OpenID provider, the certified {@code oidc-provider}. It has one confidential client and its own log-in form,
 * which accepts any password. Ready when {@link #start} returns. Its sessions and keys are lost at a restart. Not safe
 * for use by several threads at once.
 */
public final class OpenIdProvider extends RunningPeer {
    /** The client's id. */
    public static final String CLIENT = "dashboard";

    private static final String NAME = "oidc";
    private static final int MOST_STEPS = 20;
    private static final Pattern FORM = Pattern.compile("<form[^>]* action=\"([^\"]+)\"");
    private static final Pattern HIDDEN =
            Pattern.compile("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"\\s*/>");

    private final String secret = UUID.randomUUID().toString();
    private final List<String> redirects;
    private final List<String> afterLogout;
    private final int idTokenSeconds;
    private final Map<String, Map<String, ?>> users = new TreeMap<>();
    private final Peer peer;
    private final PeerHttp http;

    private OpenIdProvider(List<String> redirects, List<String> afterLogout, int idTokenSeconds) {
        this.redirects = List.copyOf(redirects);
        this.afterLogout = List.copyOf(afterLogout);
        this.idTokenSeconds = idTokenSeconds;
        this.peer = Peer.launch(new ServerSpec(NAME, "oidc-provider", null, Map.of(), place -> {
            write(place.directory());
            return List.of(
                    Integer.toString(place.port()), settings(place.directory()).toString());
        }));
        this.http = new PeerHttp(URI.create("http://127.0.0.1:" + peer.port()));
    }

    /**
     * Starts a provider without users.
     *
     * @param redirects where the client may be sent after a log-in
     * @param afterLogout where it may be sent after a log-out
     */
    public static OpenIdProvider start(List<String> redirects, List<String> afterLogout) {
        return start(redirects, afterLogout, 60);
    }

    /**
     * Starts a provider without users.
     *
     * @param idTokenSeconds how long an ID token is valid
     */
    public static OpenIdProvider start(List<String> redirects, List<String> afterLogout, int idTokenSeconds) {
        OpenIdProvider provider = new OpenIdProvider(redirects, afterLogout, idTokenSeconds);
        provider.peer.awaitReady(provider::isReady);
        return provider;
    }

    @Override
    Peer peer() {
        return peer;
    }

    @Override
    PeerHttp http() {
        return http;
    }

    @Override
    boolean isReady() {
        return http.answers("/.well-known/openid-configuration", Map.of(), 200);
    }

    /** Returns the issuer, which is also its address. */
    public URI issuer() {
        return http.base();
    }

    /** Returns the secret of the client {@link #CLIENT}. */
    public String clientSecret() {
        return secret;
    }

    /** Creates or changes a user, with claims in addition to {@code sub} and {@code name}. Applies to the next log-in. */
    public void user(String name, Map<String, ?> claims) {
        users.put(name, Map.copyOf(claims));
        write(peer.directory());
    }

    private void write(Path directory) {
        String settings = PeerHttp.json(Map.of(
                "clients",
                List.of(Map.of(
                        "client_id",
                        CLIENT,
                        "client_secret",
                        secret,
                        "redirect_uris",
                        redirects,
                        "post_logout_redirect_uris",
                        afterLogout)),
                "users",
                users,
                "idTokenSeconds",
                idTokenSeconds));
        try {
            Files.writeString(settings(directory), settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path settings(Path directory) {
        return directory.resolve("oidc.json");
    }

    /**
     * Follows an authorization request as a new browser does: opens the log-in form, fills it in and agrees.
     *
     * @param request the address that the client sends the browser to
     * @return the address of the client that the provider sends the browser back to, with the code or the error
     * @throws PeerFailedException if the provider answers otherwise
     */
    public URI signIn(URI request, String user) {
        try (HttpClient browser = HttpClient.newBuilder()
                .cookieHandler(new CookieManager())
                .connectTimeout(Duration.ofSeconds(2))
                .build()) {
            URI place = request;
            HttpResponse<String> answer = get(browser, place);
            for (int step = 0; step < MOST_STEPS; step++) {
                String location = answer.headers().firstValue("Location").orElse(null);
                Matcher form = FORM.matcher(answer.body());
                if (location != null) {
                    place = place.resolve(location);
                    if (!place.getAuthority().equals(issuer().getAuthority())) {
                        return place;
                    }
                    answer = get(browser, place);
                } else if (answer.statusCode() == 200 && form.find()) {
                    place = place.resolve(form.group(1));
                    answer = post(browser, place, filledIn(answer.body(), user));
                } else {
                    break;
                }
            }
            throw new PeerFailedException("oidc: status %d: %s".formatted(answer.statusCode(), answer.body()));
        } catch (IOException e) {
            throw new PeerFailedException("oidc: no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PeerFailedException("Interrupted", e);
        }
    }

    private static String filledIn(String page, String user) {
        StringBuilder form = new StringBuilder("login=" + encoded(user) + "&password=any");
        Matcher hidden = HIDDEN.matcher(page);
        while (hidden.find()) {
            form.append('&').append(encoded(hidden.group(1))).append('=').append(encoded(hidden.group(2)));
        }
        return form.toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static HttpResponse<String> get(HttpClient browser, URI place) throws IOException, InterruptedException {
        return browser.send(
                HttpRequest.newBuilder(place).timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(HttpClient browser, URI place, String form)
            throws IOException, InterruptedException {
        return browser.send(
                HttpRequest.newBuilder(place)
                        .timeout(Duration.ofSeconds(10))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(form))
                        .build(),
                BodyHandlers.ofString());
    }
}
