package dev.secretproviders.dashboard.openid;

import dev.secretproviders.dashboard.openid.OpenIdProblemException.Kind;
import dev.secretproviders.provider.shared.Causes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClientResponseException;

/** Says in words why a log-in at the provider did not succeed. Answers of the provider are never quoted. */
final class ProviderRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(ProviderRefusals.class);
    private static final int UNAUTHORIZED = 401;
    private static final int LONGEST_REASON = 200;

    private ProviderRefusals() {}

    /** Returns the problem for an error with which the provider sent the browser back; null if it sent neither error nor code. */
    static OpenIdProblemException of(@Nullable String error) {
        if ("access_denied".equals(error)) {
            return refused("The log-in was ended at the OpenID provider." + OpenIdLogin.AGAIN);
        }
        String code = error != null && error.matches("[a-z_]{1,40}") ? " (" + error + ")" : "";
        return refused("The OpenID provider refused the log-in" + code
                + ". Compare its settings of the client with dashboard.oidc, and see its log.");
    }

    /** Returns the problem for a failure of the exchange of the code, of the ID token or of the user's claims. */
    static OpenIdProblemException of(AuthenticationException e) {
        String code = code(e);
        LOG.atWarn()
                .addKeyValue("event", "openid.refused")
                .log("a log-in by OpenID Connect was refused: {}{}", code, reason(e, code));
        if (Causes.find(e, ResourceAccessException.class) != null) {
            return new OpenIdProblemException(
                    Kind.UNAVAILABLE, "The OpenID provider does not answer in time." + OpenIdLogin.AGAIN);
        }
        return refused(
                switch (code) {
                    case "invalid_id_token" ->
                        "The ID token is not valid: its signature, issuer, audience or time is wrong. Compare the clocks"
                                + " of the runner and the provider, and dashboard.oidc with the provider's settings.";
                    case "invalid_nonce" -> "The ID token belongs to another log-in." + OpenIdLogin.AGAIN;
                    case "invalid_client", "unauthorized_client" ->
                        "The OpenID provider does not accept the runner as its client. Correct dashboard.oidc.client-id and"
                                + " client-secret.";
                    case "invalid_grant" -> "The provider's code is used or too old." + OpenIdLogin.AGAIN;
                    case "invalid_user_info_response", "missing_user_info_uri" ->
                        "The OpenID provider's answer about the user is not valid. See its log.";
                    default -> "The OpenID provider refused the log-in. See its log and the runner's.";
                });
    }

    private static OpenIdProblemException refused(String message) {
        return new OpenIdProblemException(Kind.REFUSED, message);
    }

    private static String code(AuthenticationException e) {
        RestClientResponseException answer = Causes.find(e, RestClientResponseException.class);
        if (answer != null && answer.getStatusCode().value() == UNAUTHORIZED) {
            return "invalid_client";
        }
        return e instanceof OAuth2AuthenticationException oauth
                ? oauth.getError().getErrorCode().replaceAll("[^a-z_]", "?")
                : e.getClass().getSimpleName();
    }

    /** Returns what is wrong with an ID token, which names claims and no token. Other reasons may quote answers. */
    private static String reason(AuthenticationException e, String code) {
        if (!code.equals("invalid_id_token")
                || !(e instanceof OAuth2AuthenticationException oauth)
                || oauth.getError().getDescription() == null) {
            return "";
        }
        String reason = oauth.getError().getDescription().replaceAll("\\p{C}", "?");
        return ": " + reason.substring(0, Math.min(LONGEST_REASON, reason.length()));
    }
}
