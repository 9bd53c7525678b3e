package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Json;
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
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.timing.Deadline;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tests a provider step by step: its configuration, the connection, the login, and one secret if the call names a path.
 */
public final class ProviderTester {
    private final ProviderObjects objects;
    private final Resolver resolver;
    private final AuditLog audit;

    /** Creates the tester. */
    public ProviderTester(ProviderObjects objects, Resolver resolver, AuditLog audit) {
        this.objects = objects;
        this.resolver = resolver;
        this.audit = audit;
    }

    /** The steps of one test, in order. The test stops after the first failure. */
    private static final class Report {
        private final ObjectNode node = Json.object();
        private final ArrayNode steps;
        private @Nullable String failed;

        Report() {
            node.put("ok", true);
            steps = node.putArray("steps");
        }

        void passed(String step) {
            steps.addObject().put("step", step).put("ok", true);
        }

        void uncertain(String step, String why) {
            steps.addObject().put("step", step).put("ok", true).put("warning", why);
        }

        void warn(Registered provider) {
            List<String> warnings = provider.warnings();
            if (!warnings.isEmpty()) {
                warnings.forEach(node.putArray("warnings")::add);
            }
        }

        void failed(String step, String why) {
            steps.addObject().put("step", step).put("ok", false).put("error", why);
            node.put("ok", false);
            node.put("failed_step", step);
            failed = step + ": " + why;
        }
    }

    /**
     * Tests a provider.
     *
     * @param value the object to test, or null for the provider in force
     * @param reference a secret to read, or null for none
     * @param rights what the caller may write into {@code value}
     * @throws AdminProblemException 403 if the caller may not
     */
    ObjectNode test(ProviderId id, @Nullable ObjectNode value, @Nullable SecretReference reference, EditRights rights)
            throws StoreException, InterruptedException {
        Report report = new Report();
        long start = System.nanoTime();
        if (value == null) {
            Registered registered = Objects.requireNonNull(objects.registry().get(id));
            report.passed("configuration");
            if (connects(registered, reference != null, report) && reference != null) {
                read(resolver.lookUp(reference, patience(registered)), report);
            }
            report.warn(registered);
        } else {
            test(id, value, reference, rights, report);
        }
        report.node.put("took_ms", (System.nanoTime() - start) / 1_000_000);
        record(id, report.failed, rights.call());
        return report.node;
    }

    private void test(
            ProviderId id, ObjectNode value, @Nullable SecretReference reference, EditRights rights, Report report)
            throws StoreException, InterruptedException {
        StoredObject before = objects.isConfigured(id) ? new StoredObject(null, null, 0) : objects.kept(id);
        String refusal = rights.outOfScope(id, before, value);
        if (refusal == null) {
            try {
                EditedObject edited = objects.edited(id, before.object(), value);
                refusal = rights.refusal(edited);
                if (refusal == null) {
                    test(edited, reference, rights.identity(), report);
                }
            } catch (InvalidSettingsException e) {
                report.failed("configuration", String.join("; ", e.problems()));
            } catch (IdentityRefusedException e) {
                refusal = String.valueOf(e.getMessage());
            }
        }
        if (refusal != null) {
            record(id, refusal, rights.call());
            throw AdminProblemException.forbidden(refusal);
        }
    }

    private void test(EditedObject edited, @Nullable SecretReference reference, boolean identity, Report report)
            throws InterruptedException {
        try (Draft draft = objects.draft(edited, reference == null ? Set.of() : Set.of(reference), identity)) {
            report.passed("configuration");
            if (connects(draft.registered(), reference != null, report) && reference != null) {
                boolean _ = draft.trial().await(patience(draft.registered()));
                draft.trial().resolutions().stream()
                        .filter(resolution -> resolution.reference().equals(reference))
                        .findFirst()
                        .ifPresent(resolution -> read(resolution, report));
            }
            report.warn(draft.registered());
        }
    }

    private void record(ProviderId id, @Nullable String failure, Call call) throws StoreException {
        String object = ProviderObject.key(id);
        Actor actor = call.caller().actor();
        audit.record((failure == null
                        ? AuditEvent.done(EventCode.PROVIDER_TEST, actor, object)
                        : AuditEvent.failed(EventCode.PROVIDER_TEST, actor, object, failure))
                .in(call.requestId()));
    }

    /** Connects and logs in, as a test does, and returns the result. */
    static ObjectNode connection(Registered registered) throws InterruptedException {
        Report report = new Report();
        report.passed("configuration");
        boolean _ = connects(registered, false, report);
        report.warn(registered);
        return report.node;
    }

    private static Duration patience(Registered registered) {
        return registered.policy().timeout().multipliedBy(2);
    }

    /** @param reads whether a secret is read afterwards, so that an answer that is not understood is only a warning */
    private static boolean connects(Registered registered, boolean reads, Report report) throws InterruptedException {
        try {
            check(registered.provider(), patience(registered));
        } catch (ProviderException e) {
            String why = e.kind().name().toLowerCase(Locale.ROOT) + ": " + e.getMessage();
            if (reads && e.kind() == Kind.INVALID_ANSWER) {
                report.uncertain("connect", why);
                return true;
            }
            switch (e.kind()) {
                case UNAVAILABLE, TIMEOUT, THROTTLED, INVALID_ANSWER, CONFIGURATION -> report.failed("connect", why);
                case AUTHENTICATION, PERMISSION -> {
                    report.passed("connect");
                    report.failed("authenticate", why);
                }
            }
            return false;
        }
        report.passed("connect");
        report.passed("authenticate");
        return true;
    }

    /** Checks the provider with a time limit. A provider that ignores its own timeout must not block the caller. */
    private static void check(SecretProvider provider, Duration limit) throws ProviderException, InterruptedException {
        FutureTask<@Nullable Void> answer = new FutureTask<>(() -> {
            provider.check();
            return null;
        });
        Thread.ofVirtual().name("provider-test").start(answer);
        try {
            var _ = Deadline.await(answer, limit);
        } catch (TimeoutException e) {
            throw new ProviderException(Kind.TIMEOUT, "no answer within " + limit.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case ProviderException failed -> failed;
                case InterruptedException _ -> new ProviderException(Kind.TIMEOUT, "interrupted");
                case null, default ->
                    new ProviderException(Kind.INVALID_ANSWER, "unexpected " + name(e.getCause()) + " in the provider");
            };
        }
    }

    private static String name(@Nullable Throwable failure) {
        return failure == null ? "failure" : failure.getClass().getName();
    }

    private static void read(Resolution resolution, Report report) {
        if (resolution.state().usable()) {
            report.passed("read");
            return;
        }
        String state = resolution.failure() == null
                ? resolution.state().name().toLowerCase(Locale.ROOT)
                : resolution.failure().name().toLowerCase(Locale.ROOT);
        report.failed("read", state + (resolution.problem() == null ? "" : ": " + resolution.problem()));
    }
}
