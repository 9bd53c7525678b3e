package dev.secretproviders.admin.provider;

import dev.secretproviders.limits.Place;
import dev.secretproviders.limits.Probe;
import dev.secretproviders.limits.RefusedDestinationException;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.timing.Deadline;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The steps from the name of a manager's server to an accepted login. A provider that tells its server is followed step
 * by step, over a connection of its own. Each step has a time limit, even if the provider ignores its own.
 */
final class ConnectionSteps {
    private static final int SHOWN_ADDRESSES = 4;
    /** A certificate that ends sooner is worth a warning. */
    private static final Duration SOON = Duration.ofDays(14);

    private final ProviderRegistry registry;
    private final Registered registered;
    private final Duration timeout;

    ConnectionSteps(ProviderRegistry registry, Registered registered) {
        this.registry = registry;
        this.registered = registered;
        this.timeout = registered.policy().timeout();
    }

    /** A place, or why it cannot be found. */
    private record Found(@Nullable Place place, @Nullable ProviderException failure) {}

    /** Returns how long the manager may take for a login or a secret, so that a slow one gets a second try. */
    Duration patience() {
        return timeout.multipliedBy(2);
    }

    /**
     * Runs the steps that the provider has.
     *
     * @param later the steps that follow if all of these pass
     * @return whether the test goes on
     */
    boolean run(TestReport report, List<TestStep> later) throws InterruptedException {
        Found found = found();
        report.plan(plan(found, later));
        if (!report.run(TestStep.CONFIGURATION, this::configuration)) {
            return false;
        }
        boolean reads = !later.isEmpty();
        Place place = found.place();
        if (place != null) {
            return reaches(place, report) && report.run(TestStep.AUTHENTICATE, () -> loggedIn(reads));
        }
        if (found.failure() != null) {
            String why = words(found.failure());
            return report.run(TestStep.RESOLVE, () -> StepOutcome.failed(why));
        }
        return !ofTheNetwork() || asked(report, reads);
    }

    private Found found() {
        Place.Source source = registered.limits().place();
        try {
            return new Found(source == null ? null : source.now(), null);
        } catch (ProviderException e) {
            return new Found(null, e);
        }
    }

    private List<TestStep> plan(Found found, List<TestStep> later) {
        List<TestStep> steps = new ArrayList<>(List.of(TestStep.CONFIGURATION));
        Place place = found.place();
        if (place != null || found.failure() != null) {
            steps.add(TestStep.RESOLVE);
            steps.add(TestStep.CONNECT);
        } else if (ofTheNetwork()) {
            steps.add(TestStep.CONNECT);
        }
        if (place != null && place.secure()) {
            steps.add(TestStep.TLS);
        }
        if (logsIn()) {
            steps.add(TestStep.AUTHENTICATE);
        }
        steps.addAll(later);
        return steps;
    }

    /** Managers that hold credentials of others have none of their own. */
    private boolean logsIn() {
        return !able(Capability.HOLDS_CREDENTIALS);
    }

    private boolean ofTheNetwork() {
        return !able(Capability.ALWAYS_THERE) && !able(Capability.RUNNERS_OWN);
    }

    private boolean able(Capability capability) {
        return registry.able(id(), capability);
    }

    private ProviderId id() {
        return registered.provider().id();
    }

    /** For a provider of this machine, whatever it checks is its configuration. */
    private StepOutcome configuration() throws InterruptedException {
        if (registered.limits().place() == null && !ofTheNetwork()) {
            try {
                check();
            } catch (ProviderException e) {
                return StepOutcome.failed(words(e));
            }
        }
        return StepOutcome.passed("the object is valid");
    }

    private boolean reaches(Place place, TestReport report) throws InterruptedException {
        String proxy = place.proxy();
        if (proxy != null) {
            StepOutcome left = StepOutcome.skipped(
                    "the proxy of the Java runtime, " + proxy + ", connects to " + place.host() + ":" + place.port());
            return report.run(TestStep.RESOLVE, () -> left)
                    && report.run(TestStep.CONNECT, () -> left)
                    && (!place.secure() || report.run(TestStep.TLS, () -> left));
        }
        try (Probe probe = new Probe(registered.limits().outbound(), place)) {
            return report.run(TestStep.RESOLVE, () -> resolved(probe, place))
                    && report.run(TestStep.CONNECT, () -> connected(probe, place))
                    && (!place.secure() || report.run(TestStep.TLS, () -> secured(probe, place)));
        }
    }

    private StepOutcome resolved(Probe probe, Place place) throws InterruptedException {
        try {
            List<InetAddress> addresses = within(timeout, probe::lookUp);
            return place.literal()
                    ? StepOutcome.skipped(place.host() + " is an address, there is no name to look up")
                    : StepOutcome.passed(place.host() + " is " + shown(addresses));
        } catch (TimeoutException e) {
            return late(place.host() + " was not looked up");
        } catch (ExecutionException e) {
            RefusedDestinationException refused = Causes.find(e, RefusedDestinationException.class);
            return StepOutcome.failed(
                    refused == null
                            ? "the name " + place.host() + " is not known; check its spelling and the name servers of"
                                    + " the runner's machine"
                            : String.valueOf(refused.getMessage()));
        }
    }

    private static String shown(List<InetAddress> addresses) {
        String some = addresses.stream()
                .limit(SHOWN_ADDRESSES)
                .map(InetAddress::getHostAddress)
                .collect(Collectors.joining(", "));
        int more = addresses.size() - SHOWN_ADDRESSES;
        return more > 0 ? some + " and " + more + " more" : some;
    }

    private StepOutcome connected(Probe probe, Place place) throws InterruptedException {
        String where = place.host() + ":" + place.port();
        try {
            InetAddress address = within(timeout, () -> probe.connect(timeout));
            return StepOutcome.passed("connected to " + address.getHostAddress() + ", port " + place.port());
        } catch (TimeoutException e) {
            return late(where + " did not take the connection");
        } catch (ExecutionException e) {
            return StepOutcome.failed("no connection to " + where + " (" + Causes.words(e)
                    + "); check the port, that the manager runs, and the firewalls between");
        }
    }

    private StepOutcome secured(Probe probe, Place place) throws InterruptedException {
        try {
            SSLSession session = within(timeout, probe::handshake);
            String how = session.getProtocol();
            Instant end = end(session);
            if (end == null) {
                return StepOutcome.passed(how);
            }
            String valid = how + ", the certificate is valid until " + end.truncatedTo(ChronoUnit.SECONDS);
            return end.isBefore(Instant.now().plus(SOON))
                    ? StepOutcome.warning(valid + "; renew it")
                    : StepOutcome.passed(valid);
        } catch (TimeoutException e) {
            return late(place.host() + ":" + place.port() + " did not answer the TLS handshake");
        } catch (ExecutionException e) {
            return StepOutcome.failed(TlsFailure.words(Objects.requireNonNullElse(e.getCause(), e), place));
        }
    }

    private static @Nullable Instant end(SSLSession session) {
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? certificate.getNotAfter().toInstant()
                    : null;
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    /**
     * Logs in.
     *
     * @param reads whether a secret is read afterwards, so that an answer that is not understood is only a warning
     */
    private StepOutcome loggedIn(boolean reads) throws InterruptedException {
        try {
            check();
            return StepOutcome.passed("the manager accepts the provider's credential");
        } catch (ProviderException e) {
            return outcome(e, reads);
        }
    }

    private static StepOutcome outcome(ProviderException e, boolean reads) {
        return reads && e.kind() == Kind.INVALID_ANSWER ? StepOutcome.warning(words(e)) : StepOutcome.failed(words(e));
    }

    /** Asks a manager of the network whose server is not known. The kind of a failure says how far it got. */
    private boolean asked(TestReport report, boolean reads) throws InterruptedException {
        List<ProviderException> failures = new ArrayList<>();
        boolean connected = report.run(TestStep.CONNECT, () -> {
            try {
                check();
            } catch (ProviderException e) {
                if (e.kind() != Kind.AUTHENTICATION && e.kind() != Kind.PERMISSION) {
                    return outcome(e, reads);
                }
                failures.add(e);
            }
            return StepOutcome.passed("the manager answers");
        });
        if (!connected || !logsIn()) {
            return connected;
        }
        return report.run(
                TestStep.AUTHENTICATE,
                () -> failures.isEmpty()
                        ? StepOutcome.passed("the manager accepts the provider's credential")
                        : StepOutcome.failed(words(failures.getFirst())));
    }

    private static String words(ProviderException e) {
        return e.kind().name().toLowerCase(Locale.ROOT) + ": " + e.getMessage();
    }

    private StepOutcome late(String what) {
        return StepOutcome.failed(what + " within " + timeout.toMillis() + " ms, the provider's timeout");
    }

    private void check() throws ProviderException, InterruptedException {
        try {
            var _ = within(patience(), () -> {
                registered.provider().check();
                return true;
            });
        } catch (TimeoutException e) {
            throw new ProviderException(
                    Kind.TIMEOUT, "no answer within " + patience().toMillis() + " ms");
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case ProviderException failed -> failed;
                case InterruptedException _ -> new ProviderException(Kind.TIMEOUT, "interrupted");
                case null -> new ProviderException(Kind.INVALID_ANSWER, "unexpected failure in the provider");
                case Throwable other ->
                    new ProviderException(
                            Kind.INVALID_ANSWER,
                            "unexpected " + other.getClass().getName() + " in the provider");
            };
        }
    }

    /** Does a part of a step in a thread of its own, because neither a lookup nor a faulty provider can be relied on to end. */
    private static <T> T within(Duration limit, Callable<T> work)
            throws InterruptedException, TimeoutException, ExecutionException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().name("provider-test").start(task);
        return Deadline.await(task, limit);
    }
}
