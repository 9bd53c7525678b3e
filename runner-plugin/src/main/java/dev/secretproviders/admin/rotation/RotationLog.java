package dev.secretproviders.admin.rotation;

import dev.secretproviders.admin.rotation.Rotation.Known;
import dev.secretproviders.admin.rotation.Rotation.Place;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.AuditRecord;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The last {@value #MOST} rotations: those that this runner saw, and those of the last {@value #DAYS} days in the audit
 * log, which it reads once, shortly after the start.
 *
 * <p>Thread-safe. Reads memory only, except on its own thread.
 */
public final class RotationLog implements ResolverListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RotationLog.class);
    static final int MOST = 1_000;
    private static final int DAYS = 30;
    /** Each page looks at up to 20,000 records. */
    private static final int MOST_PAGES = 5;
    /** The start of a runner has more urgent work. */
    private static final Duration LATER = Duration.ofSeconds(5);
    /** Several runners record one rotation. Records of the same versions within this time are one. */
    private static final Duration SAME = Duration.ofMinutes(10);
    /** Records of earlier versions have only the message. */
    private static final Pattern MESSAGE = Pattern.compile("from version (.*) to (.*)");

    private static final String UNNAMED = "(unnamed)";

    private final AuditLog audit;
    private final InstantSource clock;
    private final ScheduledExecutorService reading = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("rotation-log").factory());
    private final Object lock = new Object();
    /** Latest first. */
    private List<Rotation> rotations = List.of();

    private volatile boolean complete;

    /** Creates an empty log. */
    public RotationLog(AuditLog audit, InstantSource clock) {
        this.audit = audit;
        this.clock = clock;
    }

    /** Reads the audit log soon, on a thread of its own. */
    public void start() {
        var _ = reading.schedule(this::readOrTryAgain, LATER.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {
        Rotation seen = new Rotation(new Place(provider, path), fromVersion, toVersion, clock.instant(), Known.SEEN);
        synchronized (lock) {
            List<Rotation> more = new ArrayList<>(rotations);
            more.addFirst(seen);
            rotations = limited(more);
        }
    }

    /** Returns the rotations, latest first. */
    List<Rotation> all() {
        synchronized (lock) {
            return rotations;
        }
    }

    /** Returns how many rotations of providers in scope there were since a time. */
    public long since(Instant time, Predicate<ProviderId> scope) {
        return all().stream()
                .filter(rotation -> !rotation.at().isBefore(time)
                        && scope.test(rotation.secret().provider()))
                .count();
    }

    /** Returns whether the audit log was read. */
    boolean complete() {
        return complete;
    }

    private static List<Rotation> limited(List<Rotation> all) {
        return List.copyOf(all.size() > MOST ? all.subList(0, MOST) : all);
    }

    private void readOrTryAgain() {
        try {
            read();
        } catch (StoreException | RuntimeException e) {
            LOG.debug("earlier rotations cannot be read from the audit log now: {}", e.getMessage());
            start();
        }
    }

    /** Reads the audit log now. */
    void read() throws StoreException {
        AuditQuery query = AuditQuery.all()
                .doing("rotation")
                .between(clock.instant().minus(Duration.ofDays(DAYS)), null)
                .limitedTo(AuditQuery.MOST);
        List<Rotation> found = new ArrayList<>();
        for (int page = 0; page < MOST_PAGES && found.size() < MOST; page++) {
            AuditLog.Page records = audit.query(query);
            for (AuditRecord record : records.records()) {
                Rotation rotation = rotation(record);
                if (rotation != null) {
                    found.add(rotation);
                }
            }
            if (records.next() == null) {
                break;
            }
            query = query.after(records.next());
        }
        merge(found);
        complete = true;
    }

    private void merge(List<Rotation> found) {
        // Oldest first, so that the record of the runner that saw it first stays.
        List<Rotation> oldestFirst = found.reversed();
        synchronized (lock) {
            List<Rotation> all = new ArrayList<>(rotations);
            for (Rotation rotation : oldestFirst) {
                if (all.stream().noneMatch(known -> isSame(known, rotation))) {
                    all.add(rotation);
                }
            }
            all.sort(Comparator.comparing(Rotation::at).reversed());
            rotations = limited(all);
        }
    }

    private static boolean isSame(Rotation known, Rotation other) {
        return known.secret().equals(other.secret())
                && Objects.equals(known.fromName(), other.fromName())
                && Objects.equals(known.toName(), other.toName())
                && Duration.between(known.at(), other.at()).abs().compareTo(SAME) < 0;
    }

    /** Returns the rotation of a record, or null if the record does not tell it. */
    private static @Nullable Rotation rotation(AuditRecord record) {
        Instant time = record.time();
        String[] object = record.object().split("/", 3);
        if (record.damaged() || time == null || object.length < 3) {
            return null;
        }
        JsonNode json = record.json();
        String from = text(json.path("before").path("version"));
        String to = text(json.path("after").path("version"));
        Matcher message = MESSAGE.matcher(json.path("message").asString(""));
        if (from == null && to == null && message.matches()) {
            from = message.group(1).equals(UNNAMED) ? null : message.group(1);
            to = message.group(2).equals(UNNAMED) ? null : message.group(2);
        }
        try {
            return new Rotation(
                    new Place(new ProviderId(object[0], object[1]), object[2]), from, to, time, Known.AUDIT_LOG);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String text(JsonNode node) {
        return node.isString() ? node.stringValue() : null;
    }

    @Override
    public void close() {
        // Not interrupted, because that would close the embedded store's file.
        reading.shutdown();
    }
}
