package dev.secretproviders.dashboard.openid;

import dev.secretproviders.dashboard.openid.OpenIdProblemException.Kind;
import dev.secretproviders.provider.shared.Causes;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpMethod;
import org.springframework.http.RequestEntity;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.client.RestTemplate;

/**
 * What the provider says about itself. It is read at the first log-in, kept for an hour, and read again then. After a
 * failure the provider is left alone for some seconds, so that visitors cannot make the runner flood it. Thread-safe.
 */
final class Discovery {
    private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);
    private static final String PATH = "/.well-known/openid-configuration";
    private static final Duration KEPT = Duration.ofHours(1);
    private static final Duration LEFT_ALONE = Duration.ofSeconds(3);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);
    private static final ParameterizedTypeReference<Map<String, Object>> OBJECT = new ParameterizedTypeReference<>() {};

    private final OpenIdSettings settings;
    private final RestTemplate documents;
    private final InstantSource clock;
    private final ReentrantLock asking = new ReentrantLock();

    private volatile @Nullable Found found;
    private volatile @Nullable Failed failed;

    /**
     * The provider.
     *
     * @param registration its endpoints and our client, without the client's secret
     * @param end where a user logs out at the provider, or null
     */
    record Provider(
            ClientRegistration registration, @Nullable URI end) {}

    private record Found(Provider provider, Instant until) {}

    private record Failed(String message, Instant until) {}

    Discovery(OpenIdSettings settings, RestTemplate documents, InstantSource clock) {
        this.settings = settings;
        this.documents = documents;
        this.clock = clock;
    }

    /** Returns the provider if it is known. No I/O. */
    @Nullable
    Provider known() {
        Found now = found;
        return now == null ? null : now.provider();
    }

    /** Returns the provider, asking it if it is not known or what is known is old. Blocks. */
    Provider provider() throws OpenIdProblemException {
        Found before = found;
        if (before != null && clock.instant().isBefore(before.until())) {
            return before.provider();
        }
        boolean held = false;
        try {
            held = asking.tryLock(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
            if (!held) {
                throw unavailable("does not answer");
            }
            return asked();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OpenIdProblemException(Kind.UNAVAILABLE, "The runner is stopping. Try again later.");
        } finally {
            if (held) {
                asking.unlock();
            }
        }
    }

    private Provider asked() throws OpenIdProblemException {
        Instant now = clock.instant();
        Found before = found;
        if (before != null && now.isBefore(before.until())) {
            return before.provider();
        }
        Failed last = failed;
        if (last != null && now.isBefore(last.until())) {
            throw unavailable(last.message());
        }
        try {
            Provider provider = read();
            found = new Found(provider, clock.instant().plus(KEPT));
            failed = null;
            return provider;
        } catch (RestClientException | IllegalArgumentException e) {
            String message = reason(e);
            failed = new Failed(message, clock.instant().plus(LEFT_ALONE));
            LOG.atWarn()
                    .addKeyValue("event", "openid.unavailable")
                    .log("the OpenID provider {} {}", settings.issuer(), message);
            throw unavailable(message);
        }
    }

    private Provider read() {
        URI place = URI.create(settings.issuer().toString().replaceAll("/+$", "") + PATH);
        Map<String, Object> metadata = documents
                .exchange(new RequestEntity<>(HttpMethod.GET, place), OBJECT)
                .getBody();
        if (metadata == null) {
            throw new IllegalArgumentException("its answer is empty");
        }
        if (!sameIssuer(metadata.get("issuer"))) {
            throw new IllegalArgumentException("it names another issuer than dashboard.oidc.issuer");
        }
        requireSecure(metadata, "authorization_endpoint");
        requireSecure(metadata, "token_endpoint");
        requireSecure(metadata, "jwks_uri");
        if (metadata.containsKey("userinfo_endpoint")) {
            requireSecure(metadata, "userinfo_endpoint");
        }
        OpenIdSettings.Client client = settings.client();
        ClientRegistration.Builder builder = ClientRegistrations.fromOidcConfiguration(metadata)
                .registrationId("dashboard")
                .clientId(client.id())
                .redirectUri(client.back().toString())
                .scope(settings.scopes());
        if (client.secret() == null && client.secretFile() == null) {
            builder.clientAuthenticationMethod(ClientAuthenticationMethod.NONE);
        }
        return new Provider(builder.build(), end(metadata));
    }

    /** Returns whether a name is that of our issuer. A slash at the end makes no difference, as in the configuration. */
    private boolean sameIssuer(@Nullable Object name) {
        return name instanceof String text
                && text.replaceAll("/+$", "").equals(settings.issuer().toString());
    }

    private static void requireSecure(Map<String, Object> metadata, String field) {
        if (!(metadata.get(field) instanceof String text) || !OpenIdSettings.secure(URI.create(text))) {
            throw new IllegalArgumentException("it names no https address as its " + field);
        }
    }

    private static @Nullable URI end(Map<String, Object> metadata) {
        if (metadata.get("end_session_endpoint") instanceof String text) {
            URI end = URI.create(text);
            return OpenIdSettings.secure(end) ? end : null;
        }
        return null;
    }

    /** Returns what is wrong in words, without quoting what was sent. */
    private static String reason(RuntimeException e) {
        if (e instanceof RestClientResponseException answer) {
            return "answers with the status " + answer.getStatusCode().value()
                    + "; compare dashboard.oidc.issuer with the issuer that the provider's documentation names";
        }
        if (Causes.find(e, SSLException.class) != null) {
            return "has a certificate that the runner does not trust; name its authority in dashboard.oidc.tls.ca_file";
        }
        if (Causes.find(e, UnknownHostException.class) != null) {
            return "cannot be found: there is no host of that name";
        }
        if (Causes.find(e, HttpTimeoutException.class) != null) {
            return "does not answer in time";
        }
        if (Causes.find(e, ConnectException.class) != null) {
            return "cannot be reached: no connection to its host and port";
        }
        return e instanceof IllegalArgumentException && e.getMessage() != null
                ? "cannot be used: " + e.getMessage()
                : "cannot be used: its answer is not the metadata of an OpenID provider";
    }

    private OpenIdProblemException unavailable(String reason) {
        return new OpenIdProblemException(
                Kind.UNAVAILABLE,
                "The OpenID provider " + settings.issuer() + " " + reason
                        + ". Try again when it is mended, or log in with a token.");
    }
}
