package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.provider.TestReport.Watcher;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.control.IdentityRefusedException;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.control.ProviderObjects.Draft;
import dev.secretproviders.control.StoredObject;
import dev.secretproviders.provider.EditedObject;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Visit;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tests a provider step by step: its configuration, the connection, the login, and one secret if the call names a path.
 * Each test is audited, because credentials may have been sent.
 */
public final class ProviderTester {
    private static final List<TestStep> READING = List.of(TestStep.READ, TestStep.VERSION);

    private final ProviderObjects objects;
    private final Resolver resolver;
    private final AuditLog audit;

    /** Creates the tester. */
    public ProviderTester(ProviderObjects objects, Resolver resolver, AuditLog audit) {
        this.objects = objects;
        this.resolver = resolver;
        this.audit = audit;
    }

    /**
     * What to test.
     *
     * @param value the object to test, or null for the provider in force
     * @param reference a secret to read, or null for none
     * @param rights what the caller may write into {@code value}
     */
    record Wanted(
            ProviderId id,
            @Nullable ObjectNode value,
            @Nullable SecretReference reference,
            EditRights rights) {
        Call call() {
            return rights.call();
        }
    }

    /** A test that the caller may make. It is closed after its use. */
    interface Prepared extends AutoCloseable {
        /**
         * Runs the test.
         *
         * @param watcher is told what happens while it happens
         * @return the steps, and what each came to
         * @throws InterruptedException if the test was cancelled, which is audited
         */
        ObjectNode run(Watcher watcher) throws StoreException, InterruptedException;

        @Override
        void close();
    }

    /**
     * Prepares a test.
     *
     * @throws AdminProblemException 403 if the caller may not make it
     */
    Prepared prepare(Wanted wanted) throws StoreException {
        ObjectNode value = wanted.value();
        if (value == null) {
            Registered registered = Objects.requireNonNull(objects.registry().get(wanted.id()));
            return prepared(wanted, () -> {}, report -> inForce(registered, wanted.reference(), report));
        }
        ProviderId id = wanted.id();
        EditRights rights = wanted.rights();
        StoredObject before = objects.isConfigured(id) ? new StoredObject(null, null, 0) : objects.kept(id);
        String refusal = rights.outOfScope(id, before, value);
        if (refusal == null) {
            try {
                EditedObject edited = objects.edited(id, before.object(), value);
                refusal = rights.refusal(edited);
                if (refusal == null) {
                    Draft draft = objects.draft(
                            edited,
                            wanted.reference() == null ? Set.of() : Set.of(wanted.reference()),
                            rights.identity());
                    return prepared(wanted, draft::close, report -> drafted(draft, wanted.reference(), report));
                }
            } catch (InvalidSettingsException e) {
                String problems = String.join("; ", e.problems());
                return prepared(wanted, () -> {}, report -> {
                    report.plan(List.of(TestStep.CONFIGURATION));
                    boolean _ = report.run(TestStep.CONFIGURATION, () -> StepOutcome.failed(problems));
                });
            } catch (IdentityRefusedException e) {
                refusal = String.valueOf(e.getMessage());
            }
        }
        record(wanted, refusal);
        throw AdminProblemException.forbidden(refusal);
    }

    @FunctionalInterface
    private interface Steps {
        void run(TestReport report) throws InterruptedException;
    }

    private Prepared prepared(Wanted wanted, Runnable end, Steps steps) {
        return new Prepared() {
            @Override
            public ObjectNode run(Watcher watcher) throws StoreException, InterruptedException {
                return ProviderTester.this.run(wanted, steps, watcher);
            }

            @Override
            public void close() {
                end.run();
            }
        };
    }

    private ObjectNode run(Wanted wanted, Steps steps, Watcher watcher) throws StoreException, InterruptedException {
        TestReport report = new TestReport(watcher);
        long start = System.nanoTime();
        try {
            steps.run(report);
        } catch (InterruptedException e) {
            record(wanted, "cancelled before it ended");
            throw e;
        }
        report.answer().put("took_ms", (System.nanoTime() - start) / 1_000_000);
        record(wanted, report.failure());
        return report.answer();
    }

    private void inForce(Registered registered, @Nullable SecretReference reference, TestReport report)
            throws InterruptedException {
        ConnectionSteps connection = new ConnectionSteps(objects.registry(), registered);
        if (connection.run(report, later(reference)) && reference != null) {
            read(report, () -> {
                try (Visit visit = resolver.visit(reference, Use.DIGEST)) {
                    return visit.confirm(resolver, connection.patience());
                }
            });
        }
        report.warn(registered);
    }

    private void drafted(Draft draft, @Nullable SecretReference reference, TestReport report)
            throws InterruptedException {
        ConnectionSteps connection = new ConnectionSteps(objects.registry(), draft.registered());
        if (connection.run(report, later(reference)) && reference != null) {
            read(report, () -> {
                boolean _ = draft.trial().await(connection.patience());
                return draft.trial().resolutions().stream()
                        .filter(resolution -> resolution.reference().equals(reference))
                        .findFirst()
                        .orElseThrow();
            });
        }
        report.warn(draft.registered());
    }

    private static List<TestStep> later(@Nullable SecretReference reference) {
        return reference == null ? List.of() : READING;
    }

    /** Connects and logs in, as a test does, and returns the result. */
    static ObjectNode connection(ProviderRegistry registry, Registered registered) throws InterruptedException {
        TestReport report = new TestReport(Watcher.NONE);
        boolean _ = new ConnectionSteps(registry, registered).run(report, List.of());
        report.warn(registered);
        return report.answer();
    }

    private void record(Wanted wanted, @Nullable String failure) throws StoreException {
        String object = ProviderObject.key(wanted.id());
        Actor actor = wanted.call().caller().actor();
        audit.record((failure == null
                        ? AuditEvent.done(EventCode.PROVIDER_TEST, actor, object)
                        : AuditEvent.failed(EventCode.PROVIDER_TEST, actor, object, failure))
                .in(wanted.call().requestId()));
    }

    @FunctionalInterface
    private interface Reading {
        Resolution read() throws InterruptedException;
    }

    private static void read(TestReport report, Reading reading) throws InterruptedException {
        AtomicReference<@Nullable HeldVersion> found = new AtomicReference<>();
        boolean goesOn = report.run(TestStep.READ, () -> {
            Resolution resolution = reading.read();
            ResolvedValue current = resolution.current();
            if (current == null) {
                return StepOutcome.failed(why(resolution));
            }
            found.set(current.version());
            return resolution.state() == ResolutionState.STALE
                    ? StepOutcome.warning("the value is served from memory; the last reading failed: "
                            + Objects.requireNonNullElse(resolution.problem(), "no answer"))
                    : StepOutcome.passed("the manager answers with the secret '" + resolution.path() + "'");
        });
        HeldVersion version = found.get();
        if (goesOn && version != null) {
            boolean _ = report.run(TestStep.VERSION, () -> StepOutcome.passed(words(version)));
        }
    }

    private static String words(HeldVersion version) {
        String name = version.name();
        String what = name == null
                ? "the manager names no version, so that the values themselves are compared"
                : "version " + name;
        return version.createdAt() == null ? what : what + ", written " + version.createdAt();
    }

    private static String why(Resolution resolution) {
        String state = resolution.failure() == null
                ? resolution.state().name().toLowerCase(Locale.ROOT)
                : resolution.failure().name().toLowerCase(Locale.ROOT);
        return state + (resolution.problem() == null ? "" : ": " + resolution.problem());
    }
}
