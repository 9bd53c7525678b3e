package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds where secrets engines are mounted and which version they have, and remembers the result. A missing engine is a
 * configuration error: it says nothing about the secret.
 *
 * <p>Thread-safe.
 */
final class KvMounts {
    private static final VaultPath MOUNTS = VaultPath.of("sys/internal/ui/mounts");
    /** Reading other engines has side effects: it creates credentials or signs certificates. */
    private static final Set<String> READABLE_ENGINES = Set.of("kv", "generic", "cubbyhole");

    private final VaultReads reads;
    private final @Nullable KvVersion configuredVersion;
    private final @Nullable String namespace;
    private final List<String> hints;
    private final Set<KvMount> mounts = ConcurrentHashMap.newKeySet();

    /**
     * Creates an empty set of mounts.
     *
     * @param configuredVersion the version of the engine, or null to detect it
     * @param namespace the namespace, or null if none is named
     * @param hints unusual settings among the fields, for messages
     */
    KvMounts(VaultReads reads, @Nullable KvVersion configuredVersion, @Nullable String namespace, List<String> hints) {
        this.reads = reads;
        this.configuredVersion = configuredVersion;
        this.namespace = namespace;
        this.hints = List.copyOf(hints);
    }

    /** Returns whether the configuration says which version the engine has. */
    boolean versionIsConfigured() {
        return configuredVersion != null;
    }

    /** Returns the engine of a secret, if it is known without a request. */
    @Nullable
    KvMount known(VaultPath secret) {
        if (configuredVersion == KvVersion.V1) {
            return new KvMount(secret.first(1), KvVersion.V1);
        }
        for (KvMount mount : mounts) {
            if (mount.holds(secret)) {
                return mount;
            }
        }
        return null;
    }

    /**
     * Returns the engine of a secret that is to be written.
     *
     * @throws ProviderException if there is none, or it cannot be told
     */
    KvMount require(VaultPath secret) throws ProviderException, InterruptedException {
        KvMount known = known(secret);
        Found found = known == null ? find(secret) : new Found.At(known);
        return switch (found) {
            case Found.At(KvMount mount) -> mount;
            case Found.Nowhere(FetchResult.Failed(ProviderException why)) -> throw why;
            case Found.Nowhere(FetchResult other) ->
                throw new ProviderException(
                        Kind.CONFIGURATION,
                        "no KV secrets engine was found at '" + secret + "'; set kv_version if the token may not read"
                                + " mounts");
        };
    }

    /** Forgets an engine after an answer that does not fit it. */
    void forget(KvMount mount) {
        mounts.remove(mount);
    }

    /** Restores an engine that was forgotten. */
    void keep(KvMount mount) {
        mounts.add(mount);
    }

    /** The result of a search for a secret's engine. */
    sealed interface Found {
        /** The engine was found. */
        record At(KvMount mount) implements Found {}

        /** The engine was not found, with the result for the secret. */
        record Nowhere(FetchResult why) implements Found {}
    }

    /** Asks Vault where the engine is mounted and which version it has. */
    Found find(VaultPath secret) throws ProviderException, InterruptedException {
        VaultReply reply = reads.unverified(MOUNTS.resolve(secret));
        String type = reply.data().path("type").asString("");
        KvMount mount;
        if (reply.status() == 200 && !type.isEmpty()) {
            if (!READABLE_ENGINES.contains(type)) {
                return nowhere("what is mounted at '" + secret + "' is not a KV secrets engine");
            }
            KvVersion version =
                    reply.data().path("options").path("version").asString("1").equals("2")
                            ? KvVersion.V2
                            : KvVersion.V1;
            if (configuredVersion == KvVersion.V2 && version == KvVersion.V1) {
                return nowhere("'" + secret + "' is in a KV version 1 engine; set kv_version to auto or kv-v1");
            }
            mount = new KvMount(
                    VaultPath.of(reply.data().path("path").asString("")),
                    configuredVersion == null ? version : configuredVersion);
        } else if (configuredVersion == null) {
            return tried(secret);
        } else {
            mount = new KvMount(secret.first(1), configuredVersion);
        }
        return at(mount, secret);
    }

    private Found at(KvMount mount, VaultPath secret) {
        if (!mount.holds(secret)) {
            return nowhere(
                    "'" + secret + "' is the path of a secrets engine, not of a secret in it; set prefix to where it"
                            + " is mounted");
        }
        mounts.add(mount);
        return new Found.At(mount);
    }

    private static Found nowhere(String why) {
        return new Found.Nowhere(new FetchResult.Failed(new ProviderException(Kind.CONFIGURATION, why)));
    }

    /**
     * For tokens that may not read mounts, and proxies that allow only secrets: takes the first segment as the mount
     * and tests which version answers.
     */
    private Found tried(VaultPath secret) throws ProviderException, InterruptedException {
        KvMount second = new KvMount(secret.first(1), KvVersion.V2);
        if (!second.holds(secret)) {
            return at(second, secret);
        }
        VaultReply asSecond = reads.read(second.readPath(secret), null);
        if (asSecond.data().path("metadata").isObject()) {
            return at(second, secret);
        }
        KvMount first = new KvMount(secret.first(1), KvVersion.V1);
        VaultReply asFirst = reads.read(first.readPath(secret), null);
        if (asFirst.status() == 200) {
            return at(first, secret);
        }
        if (asFirst.saysVersioned()) {
            return at(second, secret);
        }
        if (asFirst.status() == 403 && asSecond.status() == 403) {
            throw new ProviderException(
                    Kind.PERMISSION, "the token may not read '" + secret + "' (nor find out how it is mounted)");
        }
        return asFirst.saysMissing() || asSecond.saysMissing()
                ? new Found.Nowhere(missing(secret))
                : nowhere(notMounted(secret));
    }

    /** Returns the result for a secret that Vault does not have. */
    FetchResult missing(VaultPath secret) {
        return new FetchResult.Missing("there is no secret '" + secret + "'" + hint());
    }

    /** Returns the message for a missing engine. */
    String notMounted(VaultPath secret) {
        return "no secrets engine is mounted at '" + secret + "': set prefix to the mount and the path in it"
                + (namespace == null
                        ? ", and if it begins with a namespace, write that into the field namespace"
                        : ", as in the namespace '" + namespace + "'")
                + hint();
    }

    /** Returns unusual settings that may be why nothing was found. */
    private String hint() {
        return hints.isEmpty() ? "" : "; " + String.join("; ", hints);
    }
}
