package dev.secretproviders.apisix;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * One APISIX in API-driven standalone mode. Something pushes its whole configuration to {@code /apisix/admin/configs}. It keeps
 * that in memory, so it has none after its start ({@code apisix/admin/standalone.lua}, 3.14 to 3.18).
 *
 * <p>Thread-safe. Calls block for I/O.
 */
public final class StandaloneNode {
    private static final String PATH = "/apisix/admin/configs";
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    private final AdminApiClient client;
    /** APISIX lets an admin key with the role viewer use GET only ({@code viewer_methods} in {@code apisix/admin/init.lua}). */
    private volatile boolean onlyGet;

    /** Creates the access. */
    StandaloneNode(AdminApiClient client) {
        this.client = client;
    }

    /**
     * Which configuration a node has.
     *
     * @param digest what the pusher gave as its digest; the same for the same content
     * @param modified when the node got it, in seconds by its own clock
     */
    public record Version(String digest, long modified) {}

    /**
     * A configuration.
     *
     * @param body JSON, which may hold secrets; the receiver wipes it
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Content(Version version, byte[] body) {
        /** Prints the version only. */
        @Override
        public String toString() {
            return "Content[" + version + "]";
        }
    }

    /** Returns where its Admin API is. */
    public URI place() {
        return client.base();
    }

    /** Returns the version of its configuration; null if it has none. */
    @Nullable
    Version version() throws AdminApiException, InterruptedException {
        if (!onlyGet) {
            AdminApiClient.Reply reply = client.call("HEAD", PATH);
            if (reply.status() != UNAUTHORIZED && reply.status() != FORBIDDEN) {
                return version(checked(reply));
            }
        }
        AdminApiClient.Reply reply = checked(client.headersByGet(PATH));
        onlyGet = true;
        return version(reply);
    }

    /** Returns its configuration; null if it has none. */
    public @Nullable Content content() throws AdminApiException, InterruptedException {
        AdminApiClient.Reply reply = checked(client.call("GET", PATH));
        Version version = version(reply);
        return version == null ? null : new Content(version, reply.body());
    }

    private AdminApiClient.Reply checked(AdminApiClient.Reply reply) throws AdminApiException {
        if (reply.status() == NOT_FOUND) {
            throw AdminApiException.refused("the Admin API at " + client.base() + " has no " + PATH
                    + ": APISIX 3.14 or newer in API-driven standalone mode has it (config_provider: yaml and"
                    + " enable_admin: true in its configuration)");
        }
        if (reply.status() != OK) {
            throw client.unexpected(reply.status());
        }
        return reply;
    }

    /** A node that nothing was pushed to sends no digest. It demands one of each push. */
    private @Nullable Version version(AdminApiClient.Reply reply) throws AdminApiException {
        String digest = reply.header("X-Digest");
        if (digest.isEmpty()) {
            return null;
        }
        try {
            return new Version(digest, Long.parseLong(reply.header("X-Last-Modified")));
        } catch (NumberFormatException e) {
            throw AdminApiException.unavailable(
                    "the Admin API at " + client.base() + " answered a digest without a number in X-Last-Modified");
        }
    }

    void close() {
        client.close();
    }
}
