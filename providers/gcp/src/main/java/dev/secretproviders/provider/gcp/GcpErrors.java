package dev.secretproviders.provider.gcp;

import com.google.api.client.http.HttpResponseException;
import com.google.api.gax.rpc.ApiException;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the service's errors mean for a secret. Their texts are looked at but never repeated.
 *
 * @see <a href="https://cloud.google.com/apis/design/errors">Google's error model</a>
 */
final class GcpErrors {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    /** A version that is disabled or destroyed and a key of the operator's own that cannot be used have one code. */
    private static final Pattern ENCRYPTION_KEY = Pattern.compile("(?i)\\bkms\\b|cryptokey|encryption key");

    private static final Set<String> STATUSES = Set.of(
            "INVALID_ARGUMENT",
            "FAILED_PRECONDITION",
            "OUT_OF_RANGE",
            "UNAUTHENTICATED",
            "PERMISSION_DENIED",
            "NOT_FOUND",
            "ABORTED",
            "ALREADY_EXISTS",
            "RESOURCE_EXHAUSTED",
            "CANCELLED",
            "INTERNAL",
            "UNKNOWN",
            "UNIMPLEMENTED",
            "UNAVAILABLE",
            "DEADLINE_EXCEEDED");

    private GcpErrors() {}

    /** Returns what a refusal to read {@code name} says about it. */
    static FetchResult result(ApiException e, String name) {
        ProviderException forbidden = Causes.refusedDestination(e);
        if (forbidden != null) {
            return new FetchResult.Failed(forbidden);
        }
        HttpResponseException answer = Causes.find(e, HttpResponseException.class);
        if (answer == null) {
            return new FetchResult.Failed(withoutAnswer(e, "Secret Manager"));
        }
        return result(answer.getStatusCode(), answer.getContent(), name);
    }

    static FetchResult result(int http, @Nullable String body, String name) {
        JsonNode error = error(body);
        String status = error.path("status").asString("");
        if (status.equals("NOT_FOUND")) {
            return new FetchResult.Missing("there is no secret '" + name + "' with the version asked for");
        }
        if (status.equals("FAILED_PRECONDITION")
                && !ENCRYPTION_KEY.matcher(error.path("message").asString("")).find()) {
            return new FetchResult.Gone("the version of secret '" + name + "' is disabled or destroyed");
        }
        String printable = STATUSES.contains(status)
                ? status
                : "not of Google's form; see what stands before it (a proxy, an endpoint)";
        return new FetchResult.Failed(new ProviderException(
                kind(status, http), "Secret Manager refused '" + name + "': " + printable + " (status " + http + ")"));
    }

    /**
     * Returns the exception for an access token that was not handed out.
     *
     * @param connections knows the last answer's status: the library's exceptions keep it in some
     *     ways of logging in and lose it in others
     */
    static ProviderException login(IOException e, GcpConnections connections) {
        ProviderException forbidden = Causes.refusedDestination(e);
        if (forbidden != null) {
            return forbidden;
        }
        GcpCredentials.UnreadableTokenException unreadable =
                Causes.find(e, GcpCredentials.UnreadableTokenException.class);
        if (unreadable != null) {
            return unreadable.reason();
        }
        ProviderException network = network(e, "whoever hands out access tokens");
        if (network != null) {
            return network;
        }
        int status = connections.lastStatus();
        return switch (status) {
            case 0 -> new ProviderException(Kind.AUTHENTICATION, "the credential for access tokens cannot be read");
            case -1 -> new ProviderException(Kind.UNAVAILABLE, "whoever hands out access tokens broke off");
            case 200 ->
                new ProviderException(Kind.INVALID_ANSWER, "the answer with the access token has an unknown form");
            case 408, 504 -> refusedLogin(Kind.TIMEOUT, status);
            case 429 -> refusedLogin(Kind.THROTTLED, status);
            default -> refusedLogin(status >= 500 ? Kind.UNAVAILABLE : Kind.AUTHENTICATION, status);
        };
    }

    private static ProviderException refusedLogin(Kind kind, int status) {
        return new ProviderException(kind, "no access token was handed out (status " + status + ")");
    }

    private static ProviderException withoutAnswer(Throwable e, String who) {
        ProviderException network = network(e, who);
        if (network != null) {
            return network;
        }
        IOException broken = Causes.find(e, IOException.class);
        if (broken != null && broken.getClass().getName().startsWith("java")) {
            return new ProviderException(Kind.UNAVAILABLE, "cannot reach " + who + " (" + Causes.words(broken) + ")");
        }
        return new ProviderException(Kind.INVALID_ANSWER, "the answer of " + who + " has an unknown form");
    }

    private static @Nullable ProviderException network(Throwable e, String who) {
        if (Causes.find(e, SocketTimeoutException.class) != null) {
            return new ProviderException(Kind.TIMEOUT, who + " did not answer in time");
        }
        IOException broken = Causes.find(e, UnknownHostException.class);
        broken = broken != null ? broken : Causes.find(e, SocketException.class);
        broken = broken != null ? broken : Causes.find(e, SSLException.class);
        return broken == null
                ? null
                : new ProviderException(Kind.UNAVAILABLE, "cannot reach " + who + " (" + Causes.words(broken) + ")");
    }

    private static Kind kind(String status, int http) {
        return switch (status) {
            case "UNAUTHENTICATED" -> Kind.AUTHENTICATION;
            case "PERMISSION_DENIED", "FAILED_PRECONDITION" -> Kind.PERMISSION;
            case "RESOURCE_EXHAUSTED" -> Kind.THROTTLED;
            case "DEADLINE_EXCEEDED" -> Kind.TIMEOUT;
            case "UNAVAILABLE", "INTERNAL", "ABORTED" -> Kind.UNAVAILABLE;
            case "INVALID_ARGUMENT" -> Kind.CONFIGURATION;
            case "" -> byHttp(http);
            default -> http >= 500 ? Kind.UNAVAILABLE : Kind.CONFIGURATION;
        };
    }

    /** For proxies and load balancers, which do not speak Google's error model: they know neither secrets nor rights. */
    private static Kind byHttp(int http) {
        return switch (http) {
            case 401 -> Kind.AUTHENTICATION;
            case 429 -> Kind.THROTTLED;
            case 408, 504 -> Kind.TIMEOUT;
            default -> http >= 500 ? Kind.UNAVAILABLE : Kind.INVALID_ANSWER;
        };
    }

    private static JsonNode error(@Nullable String body) {
        try {
            return JSON.readTree(body == null ? "{}" : body).path("error");
        } catch (JacksonException e) {
            // Not Google's form. The exception quotes the answer and is dropped.
            return JSON.createObjectNode();
        }
    }
}
