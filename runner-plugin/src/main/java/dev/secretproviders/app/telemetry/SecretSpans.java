package dev.secretproviders.app.telemetry;

import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.auth.IndexListener;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.timing.LogIns.LogIn;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans of calls of secret managers, of their log-ins, of rotations, and of the changes of the credential index
 * that they cause. A span names the provider. It has no secret, no path of a secret, no version and no consumer.
 *
 * <p>Thread-safe.
 */
final class SecretSpans implements ResolverListener, IndexListener {
    private static final String PROVIDER = "secret_providers.provider";
    /** A call that did not change the index within this time did not change it at all, as for values of upstreams. */
    private static final Duration LONGEST_TO_INDEX = Duration.ofSeconds(10);

    /** Calls for upstreams alone change no index, so that nothing takes their causes away. */
    private static final int MOST_CAUSES = 100;

    private final Tracer tracer;
    private final BlockingQueue<Cause> causes = new ArrayBlockingQueue<>(MOST_CAUSES);

    /** A call that changed values, so that the index is about to change. */
    private record Cause(TraceContext context, Instant at) {}

    /** The status of a span of something that failed. */
    private static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        FailedException(String what) {
            super(what, null, false, false);
        }
    }

    SecretSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public void called(ProviderCall call) {
        Instant end = call.began().plus(call.took());
        Span fetch = begin("secret.fetch", null, call.began()).tag(PROVIDER, name(call));
        long secrets = 0;
        String failure = null;
        for (var outcome : call.outcomes().entrySet()) {
            String word = outcome.getKey().name().toLowerCase(Locale.ROOT);
            fetch.tag("secret_providers.outcome." + word, outcome.getValue().longValue());
            secrets += outcome.getValue();
            if (outcome.getKey().failed()) {
                failure = word;
            }
        }
        fetch.tag("secret_providers.secrets", secrets);
        if (failure != null) {
            fetch.error(new FailedException(failure));
        }
        for (LogIn logIn : call.logIns()) {
            Instant began = call.began().plus(logIn.after());
            Span span = begin("provider.login", fetch, began).tag(PROVIDER, name(call));
            if (!logIn.succeeded()) {
                span.error(new FailedException("the log-in failed"));
            }
            end(span, began.plus(logIn.took()));
        }
        if (call.rotations() > 0) {
            end(
                    begin("secret.rotation", fetch, end)
                            .tag(PROVIDER, name(call))
                            .tag("secret_providers.rotations", (long) call.rotations()),
                    end);
        }
        end(fetch, end);
        if (call.changed()) {
            Cause cause = new Cause(fetch.context(), end);
            while (!causes.offer(cause)) {
                Cause _ = causes.poll();
            }
        }
    }

    /** Returns how many calls may yet turn out to have changed the index. */
    int causes() {
        return causes.size();
    }

    @Override
    public void changed(IndexChange change) {
        Instant now = Instant.now();
        Cause first = null;
        for (Cause cause = causes.poll(); cause != null; cause = causes.poll()) {
            if (first == null && cause.at().plus(LONGEST_TO_INDEX).isAfter(now)) {
                first = cause;
            }
        }
        Span.Builder builder = tracer.spanBuilder().name("index.change");
        if (first == null) {
            builder.setNoParent();
        } else {
            builder.setParent(first.context());
        }
        Instant began = first == null || first.at().isAfter(now) ? now : first.at();
        Span span = builder.startTimestamp(nanos(began), TimeUnit.NANOSECONDS)
                .start()
                .tag("secret_providers.index.sequence", change.sequence())
                .tag("secret_providers.index.all", change.all())
                .tag("secret_providers.index.credentials", (long)
                        change.credentials().size());
        end(span, now);
    }

    private Span begin(String name, @Nullable Span parent, Instant at) {
        Span.Builder builder = tracer.spanBuilder().name(name);
        if (parent == null) {
            builder.setNoParent();
        } else {
            builder.setParent(parent.context());
        }
        return builder.startTimestamp(nanos(at), TimeUnit.NANOSECONDS).start();
    }

    private static void end(Span span, Instant at) {
        span.end(nanos(at), TimeUnit.NANOSECONDS);
    }

    private static String name(ProviderCall call) {
        return call.provider().toString();
    }

    private static long nanos(Instant instant) {
        return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }
}
