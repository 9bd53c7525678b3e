package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import io.kubernetes.client.openapi.ApiException;
import java.io.IOException;
import java.io.InterruptedIOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Translates the API server's refusals. Their texts are never repeated.
 *
 * @see <a href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/">Status</a>
 */
final class KubernetesErrors {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    private KubernetesErrors() {}

    /** Returns whether the API server itself, not a proxy in front of it, says that the object does not exist. */
    static boolean notFound(ApiException e) {
        return e.getCode() == 404 && "NotFound".equals(reason(e.getResponseBody()));
    }

    /**
     * Returns the exception for a request that was refused or not answered.
     *
     * @param verb what a role has to allow for it
     */
    static ProviderException exception(ApiException e, String what, String verb) {
        int status = e.getCode();
        if (status == 0 || e.getCause() instanceof IOException) {
            return withoutAnswer(e, what);
        }
        Kind kind = kind(status);
        if ((kind == Kind.PERMISSION || kind == Kind.CONFIGURATION)
                && reason(e.getResponseBody()).isEmpty()) {
            return new ProviderException(
                    Kind.INVALID_ANSWER,
                    "the answer to " + what + " is not in the API server's format (status " + status
                            + "); check any proxy or load balancer in front of it");
        }
        String remedy = kind == Kind.PERMISSION
                ? "; allow the runner's account the verb '" + verb + "' on secrets of this namespace"
                : "";
        return new ProviderException(kind, "the API server refused " + what + " (status " + status + ")" + remedy);
    }

    static ProviderException withoutAnswer(Throwable e, String what) {
        if (Causes.find(e, InterruptedIOException.class) != null) {
            return new ProviderException(Kind.TIMEOUT, "the API server did not answer " + what + " in time");
        }
        Throwable root = Causes.root(e);
        boolean network = root.getClass().getName().startsWith("java")
                || root.getClass().getName().startsWith("sun.");
        return network
                ? new ProviderException(Kind.UNAVAILABLE, "cannot reach the API server (" + Causes.words(e) + ")")
                : new ProviderException(
                        Kind.INVALID_ANSWER, "the API server's answer to " + what + " has an unknown format");
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

    private static String reason(@Nullable String body) {
        try {
            JsonNode status = JSON.readTree(body == null ? "{}" : body);
            return status.path("kind").asString("").equals("Status")
                    ? status.path("reason").asString("")
                    : "";
        } catch (JacksonException e) {
            // Not in the API server's format. The exception quotes the answer and is dropped.
            return "";
        }
    }
}
