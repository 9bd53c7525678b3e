package dev.secretproviders.admin.overview;

import dev.secretproviders.admin.overview.Condition.Kind;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.control.RunnerHeartbeats;
import dev.secretproviders.control.RunnerHeartbeats.Peer;
import dev.secretproviders.control.RunnerState;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for parts that do not answer, and remembers since when. Between {@link #start} and {@link #close} it looks every
 * half minute, so that the times are right whether or not a client asks.
 *
 * <p>Thread-safe; reads memory only.
 */
final class Conditions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Conditions.class);
    private static final Duration EVERY = Duration.ofSeconds(30);

    private final Resolver resolver;
    private final CredentialDirectory directory;
    private final RunnerHeartbeats runners;
    private final Store store;
    private final InstantSource clock;
    /** Guarded by itself. */
    private final Map<Identity, Instant> firstSeen = new HashMap<>();

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("conditions").factory());

    private record Identity(Kind kind, String subject) {}

    Conditions(
            Resolver resolver,
            CredentialDirectory directory,
            RunnerHeartbeats runners,
            Store store,
            InstantSource clock) {
        this.resolver = resolver;
        this.directory = directory;
        this.runners = runners;
        this.store = store;
        this.clock = clock;
    }

    void start() {
        var _ = timer.scheduleWithFixedDelay(this::look, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            var _ = all();
        } catch (RuntimeException e) {
            LOG.warn(
                    "the state of the runner could not be collected: {}",
                    e.getClass().getName());
        }
    }

    /** Returns what is not well now. Each has its time. */
    List<Condition> all() {
        synchronized (firstSeen) {
            Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
            Map<Identity, Instant> current = new HashMap<>();
            List<Condition> all = new ArrayList<>();
            for (Condition condition : find()) {
                Identity identity = new Identity(condition.kind(), condition.subject());
                Instant since = condition.since() == null
                        ? firstSeen.getOrDefault(identity, now)
                        : Objects.requireNonNull(condition.since());
                current.put(identity, since);
                all.add(condition.since(since));
            }
            firstSeen.clear();
            firstSeen.putAll(current);
            return all;
        }
    }

    private List<Condition> find() {
        List<Condition> found = new ArrayList<>();
        resolver.statuses().forEach((id, status) -> provider(id, status, found));
        for (Peer peer : runners.all()) {
            if (peer.self()) {
                self(peer.heartbeat().state(), found);
            }
            runner(peer, found);
        }
        String problem = store.status().problem();
        if (problem != null) {
            found.add(new Condition(
                    Kind.STORE_PROBLEM,
                    "store",
                    "The store has a problem, so that changes may be refused: " + problem,
                    "Make the store reachable, or restore what it refuses from a backup.",
                    null,
                    null));
        }
        return found;
    }

    private static void provider(ProviderId id, ProviderStatus status, List<Condition> found) {
        String error = status.error() == null ? "no reason is known" : status.error();
        switch (status.state()) {
            case IDLE, UP -> {}
            case DOWN ->
                found.add(new Condition(
                        Kind.PROVIDER_AWAY,
                        "providers/" + id,
                        "The secret manager cannot be asked, its secrets are served from memory: " + error,
                        "Test the provider: the test names the step that fails. Then make its manager reachable.",
                        status.lastSuccess(),
                        id));
            case UNAUTHENTICATED ->
                found.add(new Condition(
                        Kind.PROVIDER_AWAY,
                        "providers/" + id,
                        "The secret manager rejects the provider's credential, its secrets are served from memory: "
                                + error,
                        "Write a valid credential into the provider, or renew it at the manager.",
                        status.lastSuccess(),
                        id));
        }
    }

    private void self(RunnerState state, List<Condition> found) {
        if (!directory.consumersKnown()) {
            found.add(new Condition(
                    Kind.CONSUMERS_UNKNOWN,
                    "consumers",
                    "The consumers are not known yet, so that every key gets 503.",
                    "Make the source of consumers reachable: see consumers in the configuration.",
                    null,
                    null));
        }
        if (state.sourceProblem() != null) {
            found.add(new Condition(
                    Kind.SOURCE_AWAY,
                    "source " + state.source(),
                    "The source of consumers does not answer, the last known consumers stay in force: "
                            + state.sourceProblem(),
                    "Make the source reachable. New consumers and deleted ones are not noticed until then.",
                    state.sourceHeardAt(),
                    null));
        }
        if (state.eventProblem() != null) {
            found.add(new Condition(
                    Kind.EVENTS_PROBLEM,
                    "events",
                    "The companion gets no events: " + state.eventProblem(),
                    "Make the event stream usable: its socket is next to runner.socket.path, with .events behind it.",
                    null,
                    null));
        }
        if (state.lastKnownGoodProblem() != null) {
            found.add(new Condition(
                    Kind.LAST_KNOWN_GOOD_PROBLEM,
                    "last-known-good",
                    "A restart while a manager is away would begin without its secrets: "
                            + state.lastKnownGoodProblem(),
                    "Make the data directory writable. The next write ends this.",
                    null,
                    null));
        }
    }

    private static void runner(Peer peer, List<Condition> found) {
        String name = peer.heartbeat().runner().node();
        String subject = "runners/" + peer.heartbeat().runner().id();
        if (peer.silent()) {
            found.add(new Condition(
                    Kind.RUNNER_SILENT,
                    subject,
                    "The runner on " + name + " gives no signs of life.",
                    "Look for its process and its connection to the store. If it is gone for good, it is forgotten"
                            + " after a day.",
                    peer.seenAt(),
                    null));
        } else if (peer.heartbeat().behindSeconds() > 0) {
            found.add(new Condition(
                    Kind.RUNNER_BEHIND,
                    subject,
                    "The runner on " + name + " does not hear of changes in the store.",
                    "Restart it. If that does not help, look at its connection to the store.",
                    peer.seenAt().minusSeconds(peer.heartbeat().behindSeconds()),
                    null));
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
