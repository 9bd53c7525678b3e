package dev.secretproviders.spi;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One configured connection to one secret manager.
 *
 * <p>Creating a provider does no I/O; the first {@link #fetch} connects and logs in. Thread-safe: the resolver calls {@code
 * fetch} from several virtual threads, at most as many at a time as the provider's concurrency limit. Caching, single flight,
 * retries, back-off and deadlines are the resolver's; a provider only sets its clients' time limits to its {@code timeout}.
 *
 * <p>Part of the stable contract for providers in jars of their own, {@code docs/tutorials/custom-providers.md}. Whatever a provider does
 * wrong costs its own secrets only: an exception that is not declared counts as {@code INVALID_ANSWER} of which nothing but the
 * class is shown, and a call that goes on for twice the {@code timeout} is interrupted and given up.
 */
public interface SecretProvider extends AutoCloseable {

    /** Returns the identity. */
    ProviderId id();

    /**
     * Returns what the reference may mean, likeliest first: the first of these secrets that exists is meant. Pure: no I/O.
     *
     * @throws dev.secretproviders.spi.InvalidReferenceException if the path has no meaning for this manager
     */
    List<SecretAddress> addresses(SecretReference reference);

    /**
     * Asks the manager. Blocks; interruptible; ends within the provider's {@code timeout}. Says of a secret only what the manager
     * said: {@link FetchResult.Missing} and {@link FetchResult.Gone} deny it at once, while what could not be asked is served from
     * memory. If the manager refuses a credential or a session, the provider reads it again and retries once.
     *
     * <p>Where a request has a {@linkplain FetchRequest#knownVersion known version} and the manager can tell cheaply whether that is
     * still the current one, a provider asks for that first and answers {@link FetchResult.Unchanged} with {@code valueRead =
     * false}. Only that may be concluded without reading the value. A manager that cannot tell, or forbids to, is asked for the
     * value, as if there were no such check.
     *
     * @param requests at least one, at most {@link #batchSize()}, with distinct paths
     * @return one result for each path
     * @throws ProviderException if nothing could be asked at all; of kind {@code PERMISSION} or {@code INVALID_ANSWER} it would
     *     say that of every secret asked for
     */
    Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) throws ProviderException, InterruptedException;

    /** Returns how many secrets one {@link #fetch} may ask for. */
    default int batchSize() {
        return 1;
    }

    /**
     * Fetches the version before the current one, if the manager keeps it, so that a runner that starts in the middle of a
     * hand-over knows both keys.
     *
     * @return null if there is none
     */
    default @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion)
            throws ProviderException, InterruptedException {
        return null;
    }

    /**
     * Returns the names of the versions that the manager keeps of a secret, latest first, for an operator who named another one. Blocks;
     * interruptible.
     *
     * @param name the secret, as in {@link SecretPath#name}
     * @return empty if the manager does not tell, or names none
     */
    default List<String> versions(String name) throws ProviderException, InterruptedException {
        return List.of();
    }

    /**
     * Connects and logs in without reading a secret, for an operator who wants to know whether it works. Blocks;
     * interruptible. A provider that has nothing to connect to has nothing to check.
     *
     * @throws ProviderException that names what does not work
     */
    default void check() throws ProviderException, InterruptedException {}

    /**
     * Returns what does not keep it from working, but that an operator should know, as a login that cannot be checked, or a field that
     * is often written by mistake. Each says what to do. Shown with the provider's status; holds no secret. From memory.
     */
    default List<String> warnings() {
        return List.of();
    }

    /**
     * Returns how many requests it has sent to the manager so far, logins and renewals included: all of them count against the
     * budget. Does not block. Below zero if it does not count; then each {@link #fetch} and each {@link #fetchPrevious} counts
     * as one.
     */
    default long requestsSent() {
        return -1;
    }

    /** Returns the secret that rotation drills may write, or null if there is none. */
    default @Nullable Canary canary() {
        return null;
    }

    /**
     * Registers who wants to be told of changes without asking, if the manager can do that. Called at most once, before the
     * first fetch. The listener gets the paths that may have changed, an empty list meaning any, and returns at once.
     */
    default void onChange(Consumer<List<SecretPath>> listener) {}

    /**
     * Closes connections and forgets the credential, and with it a session of ours at the manager. No exception. Fetches may be under
     * way: they end or fail. Returns soon, since all providers together have less than half a second when the runner stops.
     */
    @Override
    void close();
}
