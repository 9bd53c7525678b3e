package dev.secretproviders.dashboard.openid;

import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.RuntimeSha256;
import dev.secretproviders.dashboard.openid.OpenIdProblemException.Kind;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.authentication.OAuth2LoginAuthenticationToken;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.authentication.OidcAuthorizationCodeAuthenticationProvider;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.userinfo.DefaultOAuth2UserService;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationExchange;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationResponse;
import org.springframework.security.oauth2.core.oidc.endpoint.OidcParameterNames;
import org.springframework.security.oauth2.core.user.OAuth2User;
import org.springframework.web.client.RestTemplate;

/**
 * Log-ins by OpenID Connect: the authorization code flow with PKCE, state and nonce, by Spring Security's client. The
 * provider is asked at the first log-in and not before. Thread-safe; {@link #begin} and {@link #finish} block for I/O.
 */
public final class OpenIdLogin implements AutoCloseable {
    /** The path that the provider sends the browser back to. */
    public static final String BACK_PATH = "/dashboard/login/openid/back";

    /** The path of the dashboard. */
    static final String HOME_PATH = "/dashboard";

    /** How long a begun log-in and its cookie are valid. */
    public static final Duration BEGUN_KEPT = PendingLogins.KEPT;

    private static final Logger LOG = LoggerFactory.getLogger(OpenIdLogin.class);
    static final String AGAIN = " Begin again on the dashboard's log-in page.";
    private static final int MOST_AT_ONCE = 8;
    private static final int NONCE_BYTES = 32;

    private final OpenIdSettings settings;
    private final ProviderHttp http;
    private final RestTemplate documents;
    private final Discovery discovery;
    private final PendingLogins pending;
    private final IdTokens idTokens;
    private final Semaphore finishing = new Semaphore(MOST_AT_ONCE);

    /** Creates the service. No I/O. */
    public OpenIdLogin(OpenIdSettings settings, InstantSource clock) {
        this.settings = settings;
        this.http = new ProviderHttp(settings.tls());
        this.documents = http.documents();
        this.discovery = new Discovery(settings, documents, clock);
        this.pending = new PendingLogins(clock);
        this.idTokens = new IdTokens(documents, clock);
    }

    /**
     * A log-in that a browser begins.
     *
     * @param cookie the value of the cookie that ties it to the browser; a secret
     * @param address where to send the browser
     */
    public record Begun(String cookie, URI address) {
        @Override
        public String toString() {
            return "Begun[" + address.getHost() + "]";
        }
    }

    /**
     * What the provider sent back with the browser.
     *
     * @param state the state, or null
     * @param code the code, or null
     * @param error the error's code, or null
     * @param issuer the issuer that the answer names, or null if it names none
     */
    public record Back(
            @Nullable String state,
            @Nullable String code,
            @Nullable String error,
            @Nullable String issuer) {
        @Override
        public String toString() {
            return "Back[error=" + (error == null ? "none" : "some") + "]";
        }
    }

    /** Returns the issuer. */
    public URI issuer() {
        return settings.issuer();
    }

    /** Returns the dashboard's address in browsers. */
    public URI home() {
        return settings.client().home();
    }

    /**
     * A log-in that succeeded.
     *
     * @param target the page that it was begun for
     */
    public record Finished(OpenIdUser user, String target) {}

    /**
     * Begins a log-in.
     *
     * @param target the page of the dashboard that the log-in leads to; kept here, not sent with the browser
     * @throws OpenIdProblemException if the provider cannot be used now
     */
    public Begun begin(String target) throws OpenIdProblemException {
        ClientRegistration registration = discovery.provider().registration();
        String nonce = random();
        OAuth2AuthorizationRequest.Builder builder = OAuth2AuthorizationRequest.authorizationCode()
                .authorizationUri(
                        Objects.requireNonNull(registration.getProviderDetails().getAuthorizationUri()))
                .clientId(registration.getClientId())
                .redirectUri(registration.getRedirectUri())
                .scopes(registration.getScopes())
                .state(random())
                .attributes(attributes -> attributes.put(OidcParameterNames.NONCE, nonce))
                .additionalParameters(more -> more.put(OidcParameterNames.NONCE, hash(nonce)));
        OAuth2AuthorizationRequestCustomizers.withPkce().accept(builder);
        OAuth2AuthorizationRequest request = builder.build();
        return new Begun(
                pending.add(new PendingLogins.Pending(request, target)),
                URI.create(request.getAuthorizationRequestUri()));
    }

    private static String random() {
        try (Secret text = RandomSecrets.text(NONCE_BYTES)) {
            return text.reveal();
        }
    }

    /** Returns the hash by which Spring Security compares a nonce. */
    private static String hash(String nonce) {
        byte[] digest = RuntimeSha256.of(nonce.getBytes(StandardCharsets.US_ASCII));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    }

    /**
     * Finishes a log-in: exchanges the code, checks the ID token, and finds the user's roles. Each log-in can be tried
     * once.
     *
     * @param cookie the browser's cookie, or null
     * @throws OpenIdProblemException if the user is not authenticated or has no role
     */
    public Finished finish(@Nullable String cookie, Back back) throws OpenIdProblemException {
        PendingLogins.Pending begun = cookie == null ? null : pending.take(cookie);
        if (begun == null) {
            throw new OpenIdProblemException(
                    Kind.NOT_BEGUN, "This browser has begun no log-in here, or more than ten minutes ago." + AGAIN);
        }
        OAuth2AuthorizationRequest request = begun.request();
        if (!same(request.getState(), back.state())) {
            throw new OpenIdProblemException(
                    Kind.NOT_BEGUN, "The provider's answer belongs to another log-in than the one begun here." + AGAIN);
        }
        Discovery.Provider provider = discovery.provider();
        String issuer = back.issuer();
        if (issuer != null
                && !issuer.equals(provider.registration().getProviderDetails().getIssuerUri())) {
            throw new OpenIdProblemException(Kind.REFUSED, "The answer is from another provider." + AGAIN);
        }
        if (back.error() != null || back.code() == null) {
            throw ProviderRefusals.of(back.error());
        }
        if (!finishing.tryAcquire()) {
            throw new OpenIdProblemException(
                    Kind.UNAVAILABLE, "Too many log-ins are under way. Wait some seconds." + AGAIN);
        }
        try {
            return new Finished(UserClaims.user(authenticated(provider, request, back), settings), begun.target());
        } finally {
            finishing.release();
        }
    }

    private static boolean same(@Nullable String expected, @Nullable String given) {
        return expected != null
                && given != null
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }

    private OAuth2User authenticated(Discovery.Provider provider, OAuth2AuthorizationRequest request, Back back)
            throws OpenIdProblemException {
        OAuth2AuthorizationResponse response = OAuth2AuthorizationResponse.success(Objects.requireNonNull(back.code()))
                .redirectUri(Objects.requireNonNull(request.getRedirectUri()))
                .state(Objects.requireNonNull(request.getState()))
                .build();
        RestClientAuthorizationCodeTokenResponseClient tokens = new RestClientAuthorizationCodeTokenResponseClient();
        tokens.setRestClient(http.tokens());
        DefaultOAuth2UserService users = new DefaultOAuth2UserService();
        users.setRestOperations(documents);
        OidcUserService oidcUsers = new OidcUserService();
        oidcUsers.setOauth2UserService(users);
        oidcUsers.setRetrieveUserInfo(asked -> asked.getClientRegistration()
                        .getProviderDetails()
                        .getUserInfoEndpoint()
                        .getUri()
                != null);
        OidcAuthorizationCodeAuthenticationProvider flow =
                new OidcAuthorizationCodeAuthenticationProvider(tokens, oidcUsers);
        flow.setJwtDecoderFactory(idTokens);
        try {
            Authentication authenticated = flow.authenticate(new OAuth2LoginAuthenticationToken(
                    withSecret(provider.registration()), new OAuth2AuthorizationExchange(request, response)));
            return (OAuth2User)
                    Objects.requireNonNull(Objects.requireNonNull(authenticated).getPrincipal());
        } catch (AuthenticationException e) {
            throw ProviderRefusals.of(e);
        } catch (RuntimeException e) {
            // The message may quote what was sent.
            LOG.warn("a log-in by OpenID Connect failed: {}", e.getClass().getName());
            throw new OpenIdProblemException(
                    Kind.UNAVAILABLE, "The OpenID provider does not answer as it should. Try again." + AGAIN);
        }
    }

    private ClientRegistration withSecret(ClientRegistration registration) throws OpenIdProblemException {
        try (Secret secret = settings.client().currentSecret()) {
            return secret == null
                    ? registration
                    : ClientRegistration.withClientRegistration(registration)
                            .clientSecret(secret.reveal())
                            .build();
        } catch (IOException e) {
            throw new OpenIdProblemException(
                    Kind.UNAVAILABLE,
                    "The file dashboard.oidc.client-secret-file cannot be read. Make it readable for the runner's user.");
        }
    }

    /**
     * Returns where a user logs out at the provider and comes back from, or null if the provider has no such place or
     * is not known. No I/O.
     */
    public @Nullable URI logout() {
        Discovery.Provider provider = discovery.known();
        if (provider == null || provider.end() == null) {
            return null;
        }
        String end = provider.end().toString();
        return URI.create(end + (end.contains("?") ? "&" : "?") + "client_id="
                + encoded(settings.client().id()) + "&post_logout_redirect_uri="
                + encoded(settings.client().home().toString()));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Returns how many log-ins are begun and not finished. */
    int begun() {
        return pending.size();
    }

    @Override
    public void close() {
        http.close();
    }
}
