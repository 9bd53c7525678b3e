package dev.secretproviders.app.logs;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Records changes of secrets that no user of the runner made: rotations, and references that stop resolving or resolve
 * again. A reference that never resolved is recorded once the reason is known. Credentials that begin or end to count
 * are recorded, too.
 */
public final class AuditTrail implements ResolverListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditTrail.class);
    /** The most references with an event each. A manager that is down makes one event, not one per reference. */
    private static final int EACH_UP_TO = 20;

    private final AuditLog audit;
    private final Resolver resolver;
    private final ReferenceLog log;
    private final ValidityTrail validity;
    private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("audit-trail").factory());
    private volatile boolean changed = true;
    /** The recorded reasons why references do not resolve. Used only by {@link #looking}. */
    private Map<SecretReference, String> broken = Map.of();

    /** Creates a trail that does not record yet. */
    public AuditTrail(AuditLog audit, Resolver resolver, ReferenceLog log, ValidityTrail validity) {
        this.audit = audit;
        this.resolver = resolver;
        this.log = log;
        this.validity = validity;
    }

    /** Begins to record. */
    public void start() {
        resolver.addListener(this);
        validity.start();
        var _ = looking.scheduleWithFixedDelay(this::checkOrLog, 1, 1, TimeUnit.SECONDS);
    }

    @Override
    public void changed(Set<SecretReference> references) {
        changed = true;
    }

    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
        changed |=
                outcome != FetchOutcome.FOUND && outcome != FetchOutcome.UNCHANGED && outcome != FetchOutcome.CHECKED;
    }

    @Override
    public void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {
        audit.recordSoon(AuditEvent.done(EventCode.ROTATION, Actor.RUNNER, provider + "/" + path)
                .changing(version(fromVersion), version(toVersion))
                .withMessage("from version " + ContentDigester.shownName(fromVersion) + " to "
                        + ContentDigester.shownName(toVersion)));
    }

    /** Returns the manager's name of a version as JSON; null if the manager gives none. */
    private static @Nullable ObjectNode version(String version) {
        String name = ContentDigester.sharedName(version);
        return name == null ? null : JsonNodeFactory.instance.objectNode().put("version", name);
    }

    private void checkOrLog() {
        try {
            look();
            validity.look();
        } catch (RuntimeException e) {
            // An exception would end the schedule silently.
            LOG.error("changes of references could not be recorded; trying again: {}", e.toString());
            changed = true;
        }
    }

    private void look() {
        if (!changed) {
            return;
        }
        changed = false;
        Map<SecretReference, String> now = new HashMap<>();
        List<Resolution> resolutions = resolver.resolutions();
        log.look(resolutions);
        for (Resolution resolution : resolutions) {
            if (!resolution.state().usable() && resolution.problem() != null) {
                now.put(resolution.reference(), Objects.requireNonNull(resolution.problem()));
            }
        }
        Map<ProviderId, List<SecretReference>> failed = new TreeMap<>();
        now.forEach((reference, _) -> {
            if (!broken.containsKey(reference)) {
                failed.computeIfAbsent(reference.provider(), absent -> new ArrayList<>())
                        .add(reference);
            }
        });
        Map<ProviderId, List<SecretReference>> mended = new TreeMap<>();
        broken.keySet().stream()
                .filter(reference -> !now.containsKey(reference)
                        && resolver.resolution(reference).state().usable())
                .forEach(reference -> mended.computeIfAbsent(reference.provider(), absent -> new ArrayList<>())
                        .add(reference));
        failed.forEach((provider, references) -> record(
                provider,
                references,
                reference -> AuditEvent.failed(
                        EventCode.RESOLUTION,
                        Actor.RUNNER,
                        reference.toString(),
                        Objects.requireNonNull(now.get(reference))),
                (object, message) -> AuditEvent.failed(EventCode.RESOLUTION, Actor.RUNNER, object, message)));
        mended.forEach((provider, references) -> record(
                provider,
                references,
                reference -> AuditEvent.done(EventCode.RESOLUTION, Actor.RUNNER, reference.toString())
                        .withMessage("resolves again"),
                (object, message) -> AuditEvent.done(EventCode.RESOLUTION, Actor.RUNNER, object)
                        .withMessage(message)));
        broken = now;
    }

    private interface ForOne {
        AuditEvent event(SecretReference reference);
    }

    private interface ForMany {
        AuditEvent event(String object, String message);
    }

    private void record(ProviderId provider, List<SecretReference> references, ForOne forOne, ForMany forMany) {
        if (references.size() <= EACH_UP_TO) {
            references.forEach(reference -> audit.recordSoon(forOne.event(reference)));
            return;
        }
        AuditEvent first = forOne.event(references.getFirst());
        audit.recordSoon(forMany.event(
                "provider/" + provider,
                "%d references, such as %s: %s".formatted(references.size(), first.object(), first.message())));
    }

    @Override
    public void close() {
        resolver.removeListener(this);
        looking.shutdownNow();
    }
}
