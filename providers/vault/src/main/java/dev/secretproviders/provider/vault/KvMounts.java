package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds out where secrets' engines are mounted, of which version they are, and remembers that. That none is found is a mistake of the
 * configuration: it says nothing about the secret.
 *
 * <p>Thread-safe.
 */
final class KvMounts {
    private static final VaultPath MOUNTS = VaultPath.of("sys/internal/ui/mounts");
    /** Reading other engines has effects: it makes credentials, signs certificates. */
    private static final Set<String> READABLE_ENGINES = Set.of("kv", "generic", "cubbyhole");

    private final VaultReads reads;
    private final @Nullable KvVersion configuredVersion;
    private final @Nullable String namespace;
    private final List<String> hints;
    private final Set<KvMount> mounts = ConcurrentHashMap.newKeySet();

    /**
     * Creates it.
     *
     * @param configuredVersion null to find out
     * @param namespace the namespace, or null if none is named
     * @param hints what is odd about the fields
     */
    KvMounts(VaultReads reads, @Nullable KvVersion configuredVersion, @Nullable String namespace, List<String> hints) {
        this.reads = reads;
        this.configuredVersion = configuredVersion;
        this.namespace = namespace;
        this.hints = List.copyOf(hints);
    }

    /** Returns the engine that a secret lies in, as far as it is known without asking. */
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

    /** Forgets an engine, whose answers do not fit any more. */
    void forget(KvMount mount) {
        mounts.remove(mount);
    }

    /** Takes an engine back that was forgotten. */
    void keep(KvMount mount) {
        mounts.add(mount);
    }

    /** Where a secret's engine is. */
    sealed interface Found {
        /** Here. */
        record At(KvMount mount) implements Found {}

        /** Not found, and what that means for the secret. */
        record Nowhere(FetchResult why) implements Found {}
    }

    /** Asks Vault where the engine is mounted and of which version it is. */
    Found find(VaultPath secret) throws ProviderException, InterruptedException {
        VaultReply reply = reads.unverified(MOUNTS.resolve(secret));
        String type = reply.data().path("type").asString("");
        KvMount mount;
        if (reply.status() == 200 && !type.isEmpty()) {
            if (!READABLE_ENGINES.contains(type)) {
                return nowhere("what is mounted at '" + secret + "' is no KV secrets engine");
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
     * For tokens that may not ask for mounts, and proxies that let only secrets through: takes the first segment for the mount and
     * sees which version answers.
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

    /** Returns that Vault has no such secret. */
    FetchResult missing(VaultPath secret) {
        return new FetchResult.Missing("there is no secret '" + secret + "'" + hint());
    }

    /** Says that there is no engine where the secret should be. */
    String notMounted(VaultPath secret) {
        return "no secrets engine is mounted at '" + secret + "': set prefix to the mount and the path in it"
                + (namespace == null
                        ? ", and if it begins with a namespace, write that into the field namespace"
                        : ", as in the namespace '" + namespace + "'")
                + hint();
    }

    /** What is odd about the fields may be why nothing was found. */
    private String hint() {
        return hints.isEmpty() ? "" : "; " + String.join("; ", hints);
    }
}
