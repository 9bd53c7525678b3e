package dev.secretproviders.control;

import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.ListWatch;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Notifies the other runners of the cluster of rotations, and fetches a secret again when another runner sends such a
 * notice. A notice is one key of the store per secret. It holds the version's name if all runners know it by that name,
 * and never a value. Old notices are removed. A runner that learned of a rotation from a notice does not send one
 * itself, so one rotation costs each runner one call.
 *
 * <p>Notices only save time: if one is lost, the next check finds the rotation. Thread-safe.
 */
public final class RotationNotices implements ResolverListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RotationNotices.class);
    private static final String PREFIX = "notice/";
    private static final Duration KEPT = Duration.ofHours(1);
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Store store;
    private final Resolver resolver;
    private final Predicate<ProviderId> known;
    private final InstantSource clock;
    private final String runner = UUID.randomUUID().toString();
    private final ScheduledExecutorService telling = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("rotation-notices").factory());
    /** The last version of each secret that a notice named; bounded by the number of notices. */
    private final Map<String, String> heard = new ConcurrentHashMap<>();

    private @Nullable ListWatch watch;

    /**
     * Creates the service; call {@link #start} before use.
     *
     * @param known whether every runner learns of a provider's changes by itself
     */
    public RotationNotices(Store store, Resolver resolver, Predicate<ProviderId> known, InstantSource clock) {
        this.store = store;
        this.resolver = resolver;
        this.known = known;
        this.clock = clock;
    }

    /**
     * Begins to send and receive notices. Earlier notices are ignored, because secrets resolved from now on are up to
     * date.
     */
    public void start() throws StoreException {
        watch = ListWatch.start(store, Range.prefix(PREFIX).limit(1), new ListWatch.Listener() {
            @Override
            public void listed(Listing listing) {
                // The next check of each secret finds what was missed.
            }

            @Override
            public void changed(List<Store.Change> changes) {
                for (Store.Change change : changes) {
                    Stored entry = change.entry();
                    if (entry == null) {
                        heard.remove(change.key());
                    } else {
                        receive(entry);
                    }
                }
            }

            @Override
            public void unreadable(StoreException cause) {
                // The initial listing is ignored.
            }
        });
        resolver.addListener(this);
        var _ = telling.scheduleWithFixedDelay(this::removeOld, KEPT.toSeconds(), KEPT.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {
        String shared = shared(toVersion);
        if (known.test(provider) || wasReceived(key(provider, path), shared)) {
            return;
        }
        try {
            telling.execute(() -> sendOrLog(provider, path, shared));
        } catch (RejectedExecutionException ignored) {
            // The executor rejects tasks while it closes.
        }
    }

    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
        // The version was known before the notice came, so the next change is a rotation of its own.
        if ((outcome == FetchOutcome.UNCHANGED || outcome == FetchOutcome.CHECKED) && !heard.isEmpty()) {
            heard.remove(key(provider, path), "");
        }
    }

    /** Returns whether a notice announced this change. Without a shared version name, a notice covers one change. */
    private boolean wasReceived(String key, String shared) {
        String told = heard.get(key);
        if (told == null) {
            return false;
        }
        return (shared.isEmpty() && told.isEmpty()) ? heard.remove(key, told) : told.equals(shared);
    }

    private static String shared(String version) {
        return Objects.requireNonNullElse(ContentDigester.sharedName(version), "");
    }

    private void sendOrLog(ProviderId provider, String path, String version) {
        try {
            send(provider, path, version);
        } catch (StoreException e) {
            LOG.warn(
                    "other runners were not notified of a rotation, and find it at their next check: {}",
                    e.getMessage());
        }
    }

    private void send(ProviderId provider, String path, String version) throws StoreException {
        String key = key(provider, path);
        Stored there = store.get(key);
        if (there != null
                && !version.isEmpty()
                && read(there).path("version").asString("").equals(version)) {
            return;
        }
        ObjectNode notice = JSON.createObjectNode();
        notice.put("provider", provider.toString());
        notice.put("path", path);
        notice.put("version", version);
        notice.put("runner", runner);
        notice.put("at", clock.instant().toString());
        // On a conflict another runner has just sent the same notice.
        CommitResult _ = store.commit(Transaction.EMPTY.expecting(key, there).put(key, JSON.writeValueAsBytes(notice)));
    }

    private void receive(Stored entry) {
        JsonNode notice = read(entry);
        String[] provider = notice.path("provider").asString("").split("/", 2);
        String path = notice.path("path").asString("");
        String version = notice.path("version").asString("");
        if (provider.length != 2 || notice.path("runner").asString("").equals(runner)) {
            return;
        }
        try {
            ProviderId id = new ProviderId(provider[0], provider[1]);
            if (version.isEmpty()
                    || resolver.currentVersions(id, path).stream()
                            .map(RotationNotices::shared)
                            .noneMatch(version::equals)) {
                heard.put(entry.key(), version);
                Set<String> _ = resolver.refreshMatching(id, path::equals);
            }
        } catch (IllegalArgumentException e) {
            LOG.warn("{} in the store is not a rotation notice", entry.key());
        }
    }

    private static JsonNode read(Stored entry) {
        try {
            return JSON.readTree(entry.value());
        } catch (JacksonException e) {
            return JSON.createObjectNode();
        }
    }

    private void removeOld() {
        try {
            Listing listing = store.list(PREFIX);
            Instant limit = clock.instant().minus(KEPT);
            for (Stored entry : listing.entries()) {
                if (isBefore(read(entry).path("at").asString(""), limit)) {
                    CommitResult _ = store.commit(Transaction.EMPTY
                            .expecting(entry.key(), entry.revision())
                            .delete(entry.key()));
                }
            }
        } catch (StoreException | RuntimeException e) {
            LOG.debug("old notices of rotations were not removed: {}", e.getMessage());
        }
    }

    private static boolean isBefore(String time, Instant limit) {
        try {
            return Instant.parse(time).isBefore(limit);
        } catch (DateTimeException e) {
            return true;
        }
    }

    private static String key(ProviderId provider, String path) {
        return PREFIX + provider + "/" + new Revocation(provider, path, null, null, "", Instant.EPOCH).id();
    }

    @Override
    public void close() {
        resolver.removeListener(this);
        if (watch != null) {
            watch.close();
        }
        telling.shutdownNow();
    }
}
