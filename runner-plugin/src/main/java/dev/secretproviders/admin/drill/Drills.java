package dev.secretproviders.admin.drill;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Visit;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.Canary;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Rotates canaries and measures how long it takes until the new value decides requests. The value is written through
 * the manager's own API, noticed by the resolver like any rotation, and published with the credential index. The
 * results are kept in the memory of this runner only.
 *
 * <p>Thread-safe. One drill at a time for each provider.
 */
public final class Drills implements AutoCloseable {
    private static final int KEPT = 100;
    private static final int VALUE_BYTES = 32;
    /** Extra time on top of the provider's own times, for a slow manager or an index that is being built. */
    private static final Duration ALLOWANCE = Duration.ofSeconds(10);

    private final Resolver resolver;
    private final CredentialDirectory directory;
    private final AuditLog audit;
    private final InstantSource clock;
    private final ExecutorService running = Executors.newVirtualThreadPerTaskExecutor();
    /** Latest first. */
    private final Deque<Drill> latest = new ArrayDeque<>();

    private final Set<ProviderId> busy = new HashSet<>();

    /** Creates an object without drills. {@link #close} ends the running ones. */
    public Drills(Resolver resolver, CredentialDirectory directory, AuditLog audit, InstantSource clock) {
        this.resolver = resolver;
        this.directory = directory;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Begins a drill.
     *
     * @param refresh whether to have the resolver refresh the secret as soon as the value is written
     * @throws AdminProblemException if one is under way for this provider
     */
    Drill begin(Registered provider, Canary canary, boolean refresh, Actor actor, String requestId) {
        ProviderId id = provider.provider().id();
        SecretReference reference = SecretReference.parse("$secret://" + id + "/" + canary.path() + "/" + Canary.FIELD);
        Drill drill = new Drill(
                UUID.randomUUID().toString(),
                new Drill.Request(
                        id.toString(),
                        reference.toString(),
                        refresh,
                        actor.name(),
                        clock.instant().truncatedTo(ChronoUnit.MILLIS)),
                null);
        synchronized (latest) {
            if (!busy.add(id)) {
                throw new AdminProblemException(409, "a drill of '" + id + "' is under way; see GET /admin/drills");
            }
            latest.addFirst(drill);
            if (latest.size() > KEPT) {
                latest.removeLast();
            }
        }
        running.execute(() -> {
            Drill.Result result = run(drill, provider, canary, reference);
            Drill ended = new Drill(drill.id(), drill.request(), result);
            synchronized (latest) {
                busy.remove(id);
                latest.removeIf(other -> other.id().equals(ended.id()));
                latest.addFirst(ended);
            }
            audit.recordSoon(event(result, actor, reference).in(requestId));
        });
        return drill;
    }

    /** Returns whether a drill is under way. */
    public boolean underWay() {
        synchronized (latest) {
            return !busy.isEmpty();
        }
    }

    /** Returns the last drills, latest first. */
    List<Drill> latest() {
        synchronized (latest) {
            return new ArrayList<>(latest);
        }
    }

    private static AuditEvent event(Drill.Result result, Actor actor, SecretReference reference) {
        String canary = reference.toString();
        return switch (result) {
            case Drill.Measured(var took, var _) ->
                AuditEvent.done(EventCode.DRILL, actor, canary)
                        .withMessage(String.format(Locale.ROOT, "in force after %.3f s", took.toNanos() / 1e9));
            case Drill.Failed(var problem) -> AuditEvent.failed(EventCode.DRILL, actor, canary, problem);
        };
    }

    private Drill.Result run(Drill drill, Registered provider, Canary canary, SecretReference reference) {
        Duration patience =
                provider.policy().ttl().plus(provider.policy().timeout()).plus(ALLOWANCE);
        try (Visit visit = resolver.visit(reference, Use.DIGEST);
                Secret before = RandomSecrets.text(VALUE_BYTES);
                Secret after = RandomSecrets.text(VALUE_BYTES)) {
            Resolution first = visit.settle(patience);
            if (first.failure() != null) {
                return new Drill.Failed("the provider does not work: " + first.problem());
            }
            // The first write makes the previous value known, whatever the canary held before.
            long unwritten = directory.sequence();
            canary.write(before);
            refresh(provider, canary);
            if (awaitInForce(visit, before, unwritten, patience) < 0) {
                return new Drill.Failed("a first value was written and not seen: "
                        + visit.resolution().problem());
            }
            unwritten = directory.sequence();
            canary.write(after);
            long written = System.nanoTime();
            if (drill.request().refreshed()) {
                refresh(provider, canary);
            }
            long inForce = awaitInForce(visit, after, unwritten, patience);
            if (inForce < 0) {
                return new Drill.Failed("the new value was not in force after " + patience.toSeconds() + " s");
            }
            return new Drill.Measured(Duration.ofNanos(Math.max(0, inForce - written)), visit.isPrevious(before));
        } catch (ProviderException e) {
            return new Drill.Failed("the canary was not written: " + e.getMessage());
        } catch (InterruptedException e) {
            return new Drill.Failed("the runner stopped");
        } catch (RuntimeException e) {
            // The exception's message may quote a value.
            return new Drill.Failed("unexpected " + e.getClass().getName());
        }
    }

    private void refresh(Registered provider, Canary canary) {
        Set<String> _ = resolver.refreshMatching(provider.provider().id(), canary.path()::equals);
    }

    /**
     * Returns when the first index that can contain the value was published, or -1 if the time ran out.
     *
     * @param unwritten the number of the index before the value was written
     */
    private long awaitInForce(Visit visit, Secret value, long unwritten, Duration patience)
            throws InterruptedException {
        AtomicLong without = new AtomicLong(unwritten);
        boolean inForce = directory.await(
                () -> {
                    long sequence = directory.sequence();
                    if (visit.isCurrent(value)) {
                        return sequence > without.get() || !directory.consumersKnown();
                    }
                    without.set(sequence);
                    return false;
                },
                patience);
        return inForce ? System.nanoTime() : -1;
    }

    @Override
    public void close() {
        running.shutdownNow();
    }
}
