package dev.secretproviders.spi;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One configured connection to one secret manager.
 *
 * <p>Creating a provider does no I/O. The first {@link #fetch} connects and logs in. Thread-safe: the resolver calls
 * {@code fetch} from several virtual threads, at most as many at a time as the provider's concurrency limit. The
 * resolver caches, combines equal requests, retries with back-off and sets deadlines. A provider only sets its clients'
 * time limits to its {@code timeout}.
 *
 * <p>Part of the stable contract for providers in jars of their own, {@code docs/tutorials/custom-providers.md}. A
 * faulty provider affects only its own secrets. An undeclared exception counts as {@code INVALID_ANSWER}; only its
 * class is shown. A call that takes twice the {@code timeout} is interrupted and abandoned.
 */
public interface SecretProvider extends AutoCloseable {

    /** Returns the identity. */
    ProviderId id();

    /**
     * Returns the possible meanings of a reference, likeliest first. The first of these secrets that exists counts.
     * Does no I/O.
     *
     * @throws dev.secretproviders.spi.InvalidReferenceException if the path has no meaning for this manager
     */
    List<SecretAddress> addresses(SecretReference reference);

    /**
     * Asks the manager. Blocks, can be interrupted, and ends within the provider's {@code timeout}. Return
     * {@link FetchResult.Missing} and {@link FetchResult.Gone} only if the manager said so, because they deny the
     * secret at once. After a failure the secret is served from memory. If the manager refuses a credential or a
     * session, the provider reads the credential again and retries once.
     *
     * <p>A request may have a {@linkplain FetchRequest#knownVersion known version}. If the manager has a cheap check of
     * the current version, use it first, and answer {@link FetchResult.Unchanged} with {@code valueRead = false}.
     * Conclude nothing else without reading the value. If the check is missing or not permitted, read the value.
     *
     * @param requests at least one, at most {@link #batchSize()}, with distinct paths
     * @return one result for each path
     * @throws ProviderException if no secret could be asked for. With the kind {@code PERMISSION} or
     *     {@code INVALID_ANSWER} it applies to every requested secret
     */
    Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) throws ProviderException, InterruptedException;

    /** Returns how many secrets one {@link #fetch} may ask for. */
    default int batchSize() {
        return 1;
    }

    /**
     * Fetches the version before the current one, if the manager keeps it. A runner that starts during a rotation then
     * knows both keys.
     *
     * @return null if there is none
     */
    default @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion)
            throws ProviderException, InterruptedException {
        return null;
    }

    /**
     * Returns the names of the versions that the manager keeps of a secret, latest first. An operator who named an
     * unknown version sees them. Blocks and can be interrupted.
     *
     * @param name the secret, as in {@link SecretPath#name}
     * @return empty if the manager does not list versions
     */
    default List<String> versions(String name) throws ProviderException, InterruptedException {
        return List.of();
    }

    /**
     * Connects and logs in without reading a secret, so that an operator can test the provider. Blocks and can be
     * interrupted. A provider without a connection has nothing to check.
     *
     * @throws ProviderException that says what does not work
     */
    default void check() throws ProviderException, InterruptedException {}

    /**
     * Returns warnings for an operator about problems that do not stop the provider. Examples are a login that cannot
     * be checked, or a field that is often wrong. Each warning says what to do, and contains no secret. They are shown
     * with the provider's status. Does no I/O.
     */
    default List<String> warnings() {
        return List.of();
    }

    /**
     * Returns how many requests it has sent to the manager so far, including logins and renewals. All of them count
     * against the budget. Does not block. A negative number means that it does not count its requests. Then each
     * {@link #fetch} and each {@link #fetchPrevious} counts as one.
     */
    default long requestsSent() {
        return -1;
    }

    /** Returns the secret that rotation drills may write, or null if there is none. */
    default @Nullable Canary canary() {
        return null;
    }

    /** Returns what issues TLS certificates here, or null if nothing does. */
    default @Nullable CertificateIssuer issuer() {
        return null;
    }

    /** Returns what creates secrets here, or null if the provider only reads. */
    default @Nullable SecretWriter writer() {
        return null;
    }

    /**
     * Registers a listener for changes that the manager reports by itself, if it can. Called at most once, before the
     * first fetch. The listener takes the paths that may have changed, or an empty list for any path, and returns at
     * once.
     */
    default void onChange(Consumer<List<SecretPath>> listener) {}

    /**
     * Closes connections, wipes the credential and ends the session at the manager. Throws nothing. Fetches in progress
     * end or fail. Returns soon, because all providers together have less than half a second when the runner stops.
     */
    @Override
    void close();
}
