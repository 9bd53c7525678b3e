package dev.secretproviders.provider.vault;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import io.github.jopenlibs.vault.EnvironmentLoader;
import io.github.jopenlibs.vault.SslConfig;
import io.github.jopenlibs.vault.VaultConfig;
import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.api.Logical;
import io.github.jopenlibs.vault.rest.RestResponse;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * The part of Vault's API that the provider needs, over vault-java-driver. Only this class and {@link KvBody} use the
 * driver. Its exceptions quote the bodies of answers, so none leaves this class, neither as message nor as cause.
 *
 * <p>Thread-safe.
 */
final class VaultClient implements AutoCloseable {
    private static final int NONE = 0;
    private static final VaultPath UNWRAP = VaultPath.of("sys/wrapping/unwrap");
    private static final VaultPath WRAPPING = VaultPath.of("sys/wrapping/lookup");
    private static final VaultPath LOOKUP = VaultPath.of("auth/token/lookup-self");
    private static final VaultPath RENEW = VaultPath.of("auth/token/renew-self");
    private static final VaultPath REVOKE = VaultPath.of("auth/token/revoke-self");
    private static final JsonMapper JSON = SecretJson.mapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** Otherwise the driver would take a token and settings from this process's environment and home directory. */
    private static final EnvironmentLoader NO_ENVIRONMENT = new EnvironmentLoader() {
        private static final long serialVersionUID = 1L;

        @Override
        @SuppressWarnings("NullAway") // Null is how the driver says "not set"; it has no annotations.
        public String loadVariable(String name) {
            return null;
        }
    };

    private final URI uri;
    private final @Nullable String namespace;
    private final DeadlineHttpClient http;

    VaultClient(URI uri, @Nullable String namespace, @Nullable SSLContext tls, Outbound outbound, Duration timeout) {
        this.uri = uri;
        this.namespace = namespace;
        this.http = new DeadlineHttpClient(uri, tls, outbound, timeout);
    }

    /**
     * Reads {@code path}. Answers about the path (200, 4xx) are returned, even if they do not come from Vault: see
     * {@link VaultReply#fromVault}.
     *
     * @param version the version to read, or null
     */
    VaultReply read(Secret token, VaultPath path, @Nullable String version)
            throws ProviderException, InterruptedException {
        String query = version == null ? "" : "?version=" + version;
        VaultReply reply = reply(call(
                "reading",
                token,
                config -> new Logical(config).read(path.encoded() + query).getRestResponse()));
        if (reply.status() != 200 && !isAboutThePath(reply.status())) {
            throw unexpected(reply.status(), "reading");
        }
        return reply;
    }

    private static boolean isAboutThePath(int status) {
        return status == 400 || status == 403 || status == 404 || status == 405;
    }

    private static VaultReply reply(RestResponse answer) {
        byte[] body = answer.getBody();
        try {
            return new VaultReply(
                    answer.getStatus(), body.length == 0 ? MissingNode.getInstance() : JSON.readTree(body));
        } catch (JacksonException e) {
            // Dropped: it quotes the body.
            return new VaultReply(answer.getStatus(), MissingNode.getInstance());
        }
    }

    /**
     * Returns the exception for an answer that is not in Vault's format; it says nothing about secrets or credentials.
     */
    ProviderException foreign(Kind kind, int status, String action) {
        return new ProviderException(
                kind,
                action + ": " + uri + " answered " + status
                        + ", but not in Vault's format; check that uri is right, and any proxy or"
                        + " load balancer in front of it");
    }

    /**
     * Posts to a login method.
     *
     * @param action for messages
     */
    TokenGrant logIn(String action, VaultPath path, Map<String, String> body)
            throws ProviderException, InterruptedException {
        return granted(action, write(action, null, path, body));
    }

    private TokenGrant granted(String action, JsonNode answer) throws ProviderException {
        JsonNode auth = answer.path("auth");
        String token = auth.path("client_token").asString("");
        if (token.isEmpty()) {
            throw new ProviderException(Kind.INVALID_ANSWER, action + ": the answer of " + uri + " holds no token");
        }
        return new TokenGrant(
                Secret.ofUtf8(token),
                Duration.ofSeconds(auth.path("lease_duration").asLong(0)),
                auth.path("renewable").asBoolean(false));
    }

    /** Returns the path that created a wrapping token's content, without using the token up. */
    String creationPath(Secret wrappingToken, String name) throws ProviderException, InterruptedException {
        // In the body: sent as the request's own token it would be used up.
        return write(
                        "looking up the wrapping token of " + name,
                        null,
                        WRAPPING,
                        Map.of("token", wrappingToken.reveal()))
                .path("data")
                .path("creation_path")
                .asString("");
    }

    /** Replaces the fields of a secret with the single field {@code field}. */
    void write(Secret token, KvMount mount, VaultPath secret, String field, Secret value)
            throws ProviderException, InterruptedException {
        var _ = write("writing '" + secret + "'", token, mount.readPath(secret), KvBody.of(mount, field, value));
    }

    /** Posts to {@code path}, and returns any answer. */
    VaultReply post(String action, Secret token, VaultPath path, Map<String, ?> body)
            throws ProviderException, InterruptedException {
        return reply(posted(action, token, path, body));
    }

    /** Returns the field {@code name} of the wrapped content; this uses the wrapping token up. */
    Secret unwrap(Secret wrappingToken, String name) throws ProviderException, InterruptedException {
        JsonNode value = write("unwrapping " + name, wrappingToken, UNWRAP, Map.of())
                .path("data")
                .path(name);
        if (!value.isString()) {
            throw new ProviderException(Kind.CONFIGURATION, "the wrapping token did not hold a " + name);
        }
        return Secret.ofUtf8(value.asString());
    }

    /** Revokes the token and everything leased with it. */
    void revoke(Secret token) throws ProviderException, InterruptedException {
        write("revoking the token", token, REVOKE, Map.of());
    }

    TokenGrant renew(Secret token) throws ProviderException, InterruptedException {
        return granted("renewing the token", write("renewing the token", token, RENEW, Map.of()));
    }

    /** Vault's answer to a token lookup. */
    sealed interface Lookup {
        /** The token is valid. */
        record Lives(TokenGrant grant) implements Lookup {}

        /** The token is not valid, or lacks the permission for the lookup. */
        record Refused() implements Lookup {}

        /**
         * The server does not support the lookup, or does not answer it in full.
         *
         * @param byVault whether the answer was in Vault's format
         */
        record Untold(String why, boolean byVault) implements Lookup {}
    }

    /** Looks a token up. A server that cannot answer this may still serve secrets. */
    Lookup lookup(Secret token) throws ProviderException, InterruptedException {
        VaultReply reply;
        try {
            reply = read(token, LOOKUP, null);
        } catch (ProviderException e) {
            if (e.kind() == Kind.INVALID_ANSWER) {
                return new Lookup.Untold(String.valueOf(e.getMessage()), false);
            }
            throw e;
        }
        JsonNode ttl = reply.data().path("ttl");
        if (reply.status() == 200 && ttl.isNumber()) {
            return new Lookup.Lives(new TokenGrant(
                    token,
                    Duration.ofSeconds(ttl.asLong()),
                    reply.data().path("renewable").asBoolean(false)));
        }
        if (reply.status() == 403 && reply.fromVault()) {
            return new Lookup.Refused();
        }
        return new Lookup.Untold(
                uri + " answered " + reply.status() + (reply.status() == 200 ? " without a ttl" : "")
                        + (reply.fromVault() ? "" : ", but not in Vault's format"),
                reply.fromVault());
    }

    /** Returns how many requests were sent. */
    long sent() {
        return http.sent();
    }

    @Override
    public void close() {
        http.close();
    }

    private JsonNode write(String action, @Nullable Secret token, VaultPath path, Map<String, ?> body)
            throws ProviderException, InterruptedException {
        RestResponse response = posted(action, token, path, body);
        // The driver treats a refusal here as an answer.
        VaultReply reply = reply(response);
        if (reply.status() != 200 && reply.status() != 204) {
            throw isAboutThePath(reply.status()) && !reply.fromVault()
                    ? foreign(Kind.UNAVAILABLE, reply.status(), action)
                    : unexpected(reply.status(), action);
        }
        if (!reply.body().isObject() && response.getBody().length > 0) {
            throw foreign(Kind.UNAVAILABLE, reply.status(), action);
        }
        return reply.body();
    }

    private RestResponse posted(String action, @Nullable Secret token, VaultPath path, Map<String, ?> body)
            throws ProviderException, InterruptedException {
        return call(
                action,
                token,
                config -> new Logical(config)
                        .write(path.encoded(), new HashMap<>(body))
                        .getRestResponse());
    }

    @FunctionalInterface
    private interface Call<T> {
        T on(VaultConfig config) throws VaultException;
    }

    private <T> T call(String action, @Nullable Secret token, Call<T> call)
            throws ProviderException, InterruptedException {
        try {
            return call.on(config(token));
        } catch (VaultException e) {
            if (e.getHttpStatusCode() != NONE) {
                throw unexpected(e.getHttpStatusCode(), action);
            }
            throw unreachable(e, action);
        } catch (RuntimeException e) {
            // The driver reads JSON without checking its structure. Its exceptions may quote it.
            throw new ProviderException(
                    Kind.INVALID_ANSWER, action + ": the answer of " + uri + " has an unknown format");
        }
    }

    private VaultConfig config(@Nullable Secret token) throws VaultException {
        VaultConfig config = new VaultConfig()
                .environmentLoader(NO_ENVIRONMENT)
                .address(uri.toString())
                .token(token == null ? "" : token.reveal())
                // Version 1 makes the driver use the path unchanged. We find mounts and add "data" ourselves: the
                // driver cannot detect the depth of a mount, and needs a permission that few tokens have.
                .engineVersion(1)
                .sslConfig(new SslConfig())
                .httpClient(http);
        if (namespace != null) {
            config.nameSpace(namespace);
        }
        return config.build();
    }

    private ProviderException unexpected(int status, String action) {
        return unexpected(status, action, null);
    }

    private ProviderException unexpected(int status, String action, @Nullable Duration retryAfter) {
        String at = action + ": " + uri + " answered " + status;
        return switch (status) {
            case 400, 403 -> new ProviderException(Kind.AUTHENTICATION, at + ", the credential is not accepted");
            case 404, 405 -> new ProviderException(Kind.CONFIGURATION, at + ", the path does not exist");
            case 429 -> new ProviderException(Kind.THROTTLED, at + ", too many requests", retryAfter);
            case 301, 302, 303, 307, 308 ->
                new ProviderException(
                        Kind.UNAVAILABLE, at + ", a redirect; let uri name the active node or its load balancer");
            case 412, 472, 473 -> new ProviderException(Kind.UNAVAILABLE, at + ", a standby that is behind");
            case 503 ->
                new ProviderException(Kind.UNAVAILABLE, at + ", it is sealed or has no active node", retryAfter);
            default ->
                status >= 500 && status != 501
                        ? new ProviderException(Kind.UNAVAILABLE, at)
                        : new ProviderException(Kind.INVALID_ANSWER, at + ", a status that Vault does not use");
        };
    }

    private ProviderException unreachable(VaultException e, String action) throws InterruptedException {
        ProviderException refused = Causes.refusedDestination(e);
        if (refused != null) {
            return refused;
        }
        for (Throwable next = e; next != null; next = next.getCause()) {
            if (next instanceof InterruptedException) {
                throw new InterruptedException();
            }
            if (next instanceof RetryLaterException later) {
                return unexpected(later.status(), action, later.pause());
            }
            if (next instanceof HttpTimeoutException && !(next instanceof HttpConnectTimeoutException)) {
                return new ProviderException(Kind.TIMEOUT, action + ": " + uri + " did not answer in time");
            }
            if (next instanceof SSLException) {
                // Thrown by the handshake, before anything was sent.
                return new ProviderException(
                        Kind.UNAVAILABLE, action + ": no TLS connection to " + uri + ": " + next.getMessage());
            }
        }
        return new ProviderException(Kind.UNAVAILABLE, action + ": cannot reach " + uri + " (" + Causes.words(e) + ")");
    }
}
