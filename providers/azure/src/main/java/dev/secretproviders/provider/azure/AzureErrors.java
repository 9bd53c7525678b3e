package dev.secretproviders.provider.azure;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.util.BinaryData;
import com.microsoft.aad.msal4j.MsalException;
import com.microsoft.aad.msal4j.MsalServiceException;
import dev.secretproviders.provider.shared.CarriedException;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Translates errors of Key Vault and Microsoft Entra ID. Their texts are never repeated.
 *
 * @see <a href="https://learn.microsoft.com/azure/key-vault/general/rest-error-codes">Key Vault's error codes</a>
 */
final class AzureErrors {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    private AzureErrors() {}

    /** Returns what a failed read of {@code name} says about the secret. */
    static FetchResult result(RuntimeException e, String name) {
        ProviderException login = login(e);
        if (login != null) {
            return new FetchResult.Failed(login);
        }
        HttpResponseException answer = Causes.find(e, HttpResponseException.class);
        if (answer == null || answer.getResponse() == null) {
            return new FetchResult.Failed(withoutAnswer(e, "Key Vault"));
        }
        int status = answer.getResponse().getStatusCode();
        JsonNode error = error(answer);
        String code = error.path("code").asString("");
        String inner = error.path("innererror").path("code").asString("");
        if (status == 404 && code.equals("SecretNotFound")) {
            return new FetchResult.Missing("there is no secret '" + name + "' with the version asked for"
                    + (name.equals("secrets") ? " (write the name alone, without 'secrets/' before it)" : ""));
        }
        if (status == 403 && inner.equals("SecretDisabled")) {
            return new FetchResult.Gone("the version of secret '" + name + "' is disabled");
        }
        String printable = code.matches("[A-Za-z]{1,64}")
                ? code
                : "not in Key Vault's format; check any proxy or firewall in front of it";
        if (inner.matches("[A-Za-z]{1,64}")) {
            printable += ", " + inner;
        }
        Kind kind = kind(status);
        // Key Vault sends a code with every refusal. Without one, the answer comes from another server, which cannot
        // judge secrets or permissions.
        boolean foreign = code.isEmpty() && (kind == Kind.PERMISSION || kind == Kind.CONFIGURATION);
        return new FetchResult.Failed(new ProviderException(
                foreign ? Kind.INVALID_ANSWER : kind,
                "Key Vault refused '" + name + "': " + printable + " (status " + status + ")"));
    }

    /**
     * Returns the exception for a token that was not issued or a destination that is not allowed, or null if the
     * failure is another one.
     */
    private static @Nullable ProviderException login(RuntimeException e) {
        CarriedException unreadable = Causes.find(e, CarriedException.class);
        if (unreadable != null) {
            return unreadable.reason();
        }
        ProviderException forbidden = Causes.refusedDestination(e);
        if (forbidden != null) {
            return forbidden;
        }
        LoginHttp.NotNowException notNow = Causes.find(e, LoginHttp.NotNowException.class);
        if (notNow != null) {
            Kind kind = notNow.status() >= 500 && notNow.status() != 504 ? Kind.UNAVAILABLE : kind(notNow.status());
            return new ProviderException(kind, "no access token was issued (status " + notNow.status() + ")");
        }
        if (Causes.find(e, ClientAuthenticationException.class) == null
                && Causes.find(e, MsalException.class) == null) {
            return null;
        }
        MsalServiceException refused = Causes.find(e, MsalServiceException.class);
        if (refused != null) {
            Integer status = refused.statusCode();
            return new ProviderException(
                    Kind.AUTHENTICATION, "no access token was issued (status " + (status == null ? 0 : status) + ")");
        }
        ProviderException network = network(e, "the token service");
        if (network != null) {
            return network;
        }
        HttpResponseException answer = Causes.find(e, HttpResponseException.class);
        String why = answer == null || answer.getResponse() == null
                ? "the credential for access tokens cannot be used, or this machine has no managed identity"
                : "Key Vault refused the access token (status "
                        + answer.getResponse().getStatusCode() + ")";
        return new ProviderException(Kind.AUTHENTICATION, why);
    }

    private static ProviderException withoutAnswer(Throwable e, String who) {
        ProviderException network = network(e, who);
        return network != null
                ? network
                : new ProviderException(Kind.INVALID_ANSWER, "the answer of " + who + " has an unknown format");
    }

    private static @Nullable ProviderException network(Throwable e, String who) {
        if (Causes.find(e, HttpTimeoutException.class) != null
                || Causes.find(e, SocketTimeoutException.class) != null
                || Causes.find(e, TimeoutException.class) != null) {
            return new ProviderException(Kind.TIMEOUT, who + " did not answer in time");
        }
        IOException broken = Causes.find(e, IOException.class);
        return broken != null && broken.getClass().getName().startsWith("java")
                ? new ProviderException(Kind.UNAVAILABLE, "cannot reach " + who + " (" + Causes.words(broken) + ")")
                : null;
    }

    private static Kind kind(int status) {
        return switch (status) {
            case 401 -> Kind.AUTHENTICATION;
            case 403 -> Kind.PERMISSION;
            case 429 -> Kind.THROTTLED;
            case 408, 504 -> Kind.TIMEOUT;
            default -> status >= 500 ? Kind.UNAVAILABLE : status >= 400 ? Kind.CONFIGURATION : Kind.INVALID_ANSWER;
        };
    }

    private static JsonNode error(HttpResponseException e) {
        try {
            BinaryData body = e.getResponse().getBodyAsBinaryData();
            return JSON.readTree(body == null ? new byte[] {'{', '}'} : body.toBytes())
                    .path("error");
        } catch (JacksonException | IllegalStateException ignored) {
            // Not in Key Vault's format. The exception quotes the answer.
            return JSON.createObjectNode();
        }
    }
}
