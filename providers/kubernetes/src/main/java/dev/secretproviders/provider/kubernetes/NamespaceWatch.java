package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.timing.Backoff;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Status;
import io.kubernetes.client.util.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the secrets of one namespace and reports the names of changed ones. It begins with the current state ("get
 * state and start at most recent"). So no change between a read and the watch is lost, and the permission to list is
 * not needed. It continues from the last version it saw. After a 410 it starts over and reports every name that was
 * ever read, because no event reports what was deleted meanwhile. If the API server breaks off a watch before its first
 * event, the next one reports them after its first event only: a server that refuses each watch in this way would
 * otherwise be asked for every secret again and again.
 *
 * <p>Thread-safe; runs on a virtual thread of its own until closed.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch">Semantics for
 *     watch</a>
 */
final class NamespaceWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NamespaceWatch.class);
    private static final int GONE = 410;

    private final String namespace;
    private final KubernetesClient client;
    private final Pauses pauses;
    private final Consumer<Set<String>> listener;
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private @Nullable String resourceVersion;
    private boolean complained;
    /** The last watch started over, and no event has come since. */
    private boolean unproven;

    /**
     * The pauses before a watch is started again.
     *
     * @param first the pause after a failure; doubled after each further one
     * @param longest the longest pause
     * @param forbidden the pause after a missing permission
     */
    record Pauses(Duration first, Duration longest, Duration forbidden) {
        static final Pauses USUAL = new Pauses(Duration.ofMillis(200), Duration.ofSeconds(30), Duration.ofMinutes(5));

        Backoff backoff() {
            return new Backoff(first, longest);
        }
    }

    /**
     * Starts to watch.
     *
     * @param listener receives the names of secrets that may have changed; returns at once
     */
    NamespaceWatch(String namespace, KubernetesClient client, Pauses pauses, Consumer<Set<String>> listener) {
        this.namespace = namespace;
        this.client = client;
        this.pauses = pauses;
        this.listener = listener;
        this.thread = Thread.ofVirtual().name("watch secrets of " + namespace).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Adds a secret whose changes are reported from now on. */
    void add(String name) {
        names.add(name);
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        int failures = 0;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    followOnce();
                    failures = 0;
                    // Nothing is lost meanwhile, and a server that ends every watch at once is not flooded with
                    // requests.
                    Thread.sleep(pauses.first());
                } catch (ProviderException e) {
                    failures++;
                    complain(e);
                    Thread.sleep(
                            e.kind() == Kind.PERMISSION
                                    ? pauses.forbidden()
                                    : pauses.backoff().pause(failures));
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    /** Follows one watch, until the API server ends it, as it does every few minutes. */
    private void followOnce() throws ProviderException, InterruptedException {
        boolean anew = resourceVersion == null;
        boolean again = unproven;
        boolean established = false;
        try (Watch<V1Secret> events = client.watch(namespace, resourceVersion)) {
            established = true;
            if (anew && !again) {
                tellAll();
            }
            unproven = anew;
            while (events.hasNext()) {
                take(events.next(), anew);
                // Not earlier: with status 200, too, the API server may refuse the watch by an event.
                complained = false;
                if (again && unproven) {
                    tellAll();
                }
                unproven = false;
            }
        } catch (ApiException e) {
            if (e.getCode() != GONE) {
                throw KubernetesErrors.exception(e, "to watch the secrets of '" + namespace + "'", "watch");
            }
            // The server no longer has that version.
            resourceVersion = null;
            if (anew) {
                throw KubernetesErrors.exception(e, "to watch the secrets of '" + namespace + "'", "watch");
            }
        } catch (IOException | RuntimeException e) {
            // The library wraps the exception of a broken connection. Its messages may quote an event and are dropped.
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            ProviderException broken =
                    KubernetesErrors.withoutAnswer(e, "a watch of the secrets of '" + namespace + "'");
            // Silence for longer than the watch was to last: the connection died unnoticed. A new watch starts, as
            // after any end.
            if (!established || broken.kind() != Kind.TIMEOUT) {
                throw broken;
            }
        }
    }

    private void take(Watch.Response<V1Secret> event, boolean anew) throws ProviderException {
        V1ObjectMeta metadata = event.object == null ? null : event.object.getMetadata();
        switch (event.type) {
            case "ADDED", "MODIFIED", "DELETED", "BOOKMARK" -> {
                if (metadata == null || metadata.getResourceVersion() == null) {
                    throw new ProviderException(Kind.INVALID_ANSWER, "an event of the watch has no version");
                }
                resourceVersion = metadata.getResourceVersion();
                String name = metadata.getName();
                if (!event.type.equals("BOOKMARK") && name != null && names.contains(name)) {
                    listener.accept(Set.of(name));
                }
            }
            case null, default -> {
                V1Status status = event.status;
                Integer code = status == null ? null : status.getCode();
                // 410 is usual; after any other error, too, changes may have been missed.
                resourceVersion = null;
                if (code == null || code != GONE || anew) {
                    throw new ProviderException(
                            Kind.UNAVAILABLE, "the API server broke off the watch of '" + namespace + "'");
                }
            }
        }
    }

    private void tellAll() {
        if (!names.isEmpty()) {
            listener.accept(Set.copyOf(names));
        }
    }

    private void complain(ProviderException e) {
        if (!complained) {
            complained = true;
            LOG.warn(
                    "the secrets of namespace {} are not watched and are fetched when their ttl ends: {}",
                    namespace,
                    e.getMessage());
        }
    }
}
