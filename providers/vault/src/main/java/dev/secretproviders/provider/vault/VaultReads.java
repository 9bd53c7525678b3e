package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import org.jspecify.annotations.Nullable;

/** Reads with the token of a session. Thread-safe. */
record VaultReads(VaultClient client, VaultSession session) {

    /** Reads once, whoever answers and whatever of: for questions that may fail. */
    VaultReply unverified(VaultPath path) throws ProviderException, InterruptedException {
        return client.read(session.lease().token(), path, null);
    }

    /** Reads with a living token: an answer 403 may mean that it died, which only Vault can tell. */
    VaultReply read(VaultPath path, @Nullable String version) throws ProviderException, InterruptedException {
        VaultSession.Lease lease = session.lease();
        VaultReply reply = ofVault(client.read(lease.token(), path, version));
        if (reply.status() != 403 || (lease.verified() && session.isAlive(lease))) {
            return reply;
        }
        session.forget(lease);
        VaultSession.Lease fresh = session.lease();
        VaultReply second = ofVault(client.read(fresh.token(), path, version));
        if (second.status() == 403 && !fresh.verified()) {
            throw new ProviderException(
                    Kind.AUTHENTICATION,
                    "the token is not accepted (or may neither look itself up nor read '" + path + "')");
        }
        return second;
    }

    /** An answer that is not Vault's says nothing about the secret, whatever its status. */
    private VaultReply ofVault(VaultReply reply) throws ProviderException {
        if (!reply.fromVault()) {
            throw client.foreign(Kind.INVALID_ANSWER, reply.status(), "reading");
        }
        return reply;
    }
}
