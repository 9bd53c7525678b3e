package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretWriter;
import java.util.Map;

/**
 * Creates KV secrets. A version 2 engine checks by itself that there is none (check-and-set 0). A version 1 engine cannot,
 * so it is asked before.
 */
record KvWriter(VaultReads reads, KvMounts mounts, VaultPath prefix) implements SecretWriter {
    private static final String CHECK_AND_SET = "check-and-set";

    @Override
    public Outcome create(String name, String field, Secret value) throws ProviderException, InterruptedException {
        VaultPath secret = prefix.resolve(VaultPath.of(name));
        KvMount mount = mounts.require(secret);
        return switch (mount.version()) {
            case V1 -> createUnversioned(mount, secret, field, value);
            case V2 -> outcome(mount, secret, posted(mount, secret, KvBody.ofNew(field, value)));
        };
    }

    private Outcome createUnversioned(KvMount mount, VaultPath secret, String field, Secret value)
            throws ProviderException, InterruptedException {
        VaultReply before = reads.read(mount.readPath(secret), null);
        if (before.status() == 200) {
            return Outcome.EXISTS;
        }
        if (!before.saysMissing()) {
            throw new ProviderException(
                    before.status() == 403 ? Kind.PERMISSION : Kind.CONFIGURATION,
                    "it cannot be told whether there is a secret '" + secret + "': Vault answered " + before.status()
                            + (before.status() == 403 ? "; the token's policy needs read for it, too" : ""));
        }
        return outcome(mount, secret, posted(mount, secret, KvBody.of(mount, field, value)));
    }

    private static Outcome outcome(KvMount mount, VaultPath secret, VaultReply reply) throws ProviderException {
        return switch (reply.status()) {
            case 200, 204 -> Outcome.CREATED;
            case 400 -> {
                if (reply.body().path("errors").path(0).asString("").contains(CHECK_AND_SET)) {
                    yield Outcome.EXISTS;
                }
                throw refused(Kind.CONFIGURATION, mount, secret, 400);
            }
            case 403 ->
                // Vault asks for the right to update where there is such a secret.
                throw new ProviderException(
                        Kind.PERMISSION,
                        "the token may not write '" + mount.readPath(secret)
                                + "'; its policy needs create for it, or there is such a secret already");
            default ->
                throw refused(
                        reply.status() == 429 || reply.status() >= 500 ? Kind.UNAVAILABLE : Kind.CONFIGURATION,
                        mount,
                        secret,
                        reply.status());
        };
    }

    private static ProviderException refused(Kind kind, KvMount mount, VaultPath secret, int status) {
        return new ProviderException(kind, "Vault answered " + status + " to writing '" + mount.readPath(secret) + "'");
    }

    /** Posts with a valid token. A 403 may mean that the token is no longer valid. */
    private VaultReply posted(KvMount mount, VaultPath secret, Map<String, ?> body)
            throws ProviderException, InterruptedException {
        String action = "writing '" + secret + "'";
        VaultSession.Lease lease = reads.session().lease();
        VaultReply reply = reads.client().post(action, lease.token(), mount.readPath(secret), body);
        if (reply.status() != 403 || (lease.verified() && reads.session().isAlive(lease))) {
            return reply;
        }
        reads.session().forget(lease);
        return reads.client().post(action, reads.session().lease().token(), mount.readPath(secret), body);
    }
}
