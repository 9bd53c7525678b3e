package dev.secretproviders.inject;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.RequestNeeds;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.reference.template.InjectConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One configuration of {@code secret-inject}, ready for requests. It reads what was prepared when a secret changed: no
 * lock, no I/O.
 *
 * <p>The consumer is the one that an earlier filter of the route identified. Without such a filter it is the one that a
 * plugin of APISIX attached, which {@code ext-plugin-post-req} sees. A client cannot choose it.
 *
 * <p>Thread-safe.
 */
public final class Injection {
    private static final String CONSUMER = "consumer_name";
    private static final RequestNeeds NEEDS_CONSUMER = RequestNeeds.ofVariable(CONSUMER);

    private final InjectConfig config;
    private final boolean perConsumer;
    private final Ticker ticker;
    /** Whether a route or a companion got it. Guarded by the table that holds it. */
    boolean handedOut;

    /** The only slot, if the values are the same for every request. */
    private volatile @Nullable Slot shared;
    /** The slots by consumer. */
    private volatile Map<String, Slot> slots = Map.of();

    Injection(InjectConfig config, Ticker ticker) {
        this.config = config;
        this.perConsumer = config.perConsumer();
        this.ticker = ticker;
    }

    InjectConfig config() {
        return config;
    }

    boolean perConsumer() {
        return perConsumer;
    }

    void set(@Nullable Slot only, Map<String, Slot> byConsumer) {
        shared = only;
        slots = byConsumer;
    }

    /** Returns its slots. */
    List<Slot> slots() {
        Slot only = shared;
        return only == null ? List.copyOf(slots.values()) : List.of(only);
    }

    /** Returns what {@link #decide} may ask for. */
    public RequestNeeds needs() {
        return perConsumer ? NEEDS_CONSUMER : RequestNeeds.NONE;
    }

    /** Decides a request: its secrets, or a refusal. */
    public Judgement decide(RequestView request) {
        if (!perConsumer) {
            return decide(shared, Filled.UNRESOLVED, request);
        }
        String consumer = request.consumer();
        if (consumer == null) {
            byte[] attached = request.variable(CONSUMER);
            if (attached == null) {
                return new Judgement.Ask(NEEDS_CONSUMER, this::decide);
            }
            consumer = new String(attached, StandardCharsets.UTF_8);
        }
        return decide(slots.get(consumer), Filled.NO_CONSUMER, request);
    }

    private Decision decide(@Nullable Slot slot, Decision.Refuse without, RequestView request) {
        if (slot == null) {
            return without;
        }
        Filled filled = slot.filled();
        if (!(filled instanceof Filled.Values values)) {
            return ((Filled.Missing) filled).refusal();
        }
        if (!values.usableAt(ticker.read())) {
            return Filled.UNRESOLVED;
        }
        return values.cookies().isEmpty() ? values.passed() : withCookies(values, request);
    }

    private static Decision withCookies(Filled.Values values, RequestView request) {
        List<Header> headers = new ArrayList<>(values.passed().headers());
        headers.add(new Header(CookieHeader.NAME, CookieHeader.with(values.cookies(), request)));
        return new Injected(headers, values.passed().setArguments());
    }

    /**
     * Returns the values for a companion.
     *
     * @param consumer the request's consumer; null if it has none
     */
    public InjectAnswer answer(@Nullable String consumer) {
        Slot slot = perConsumer ? (consumer == null ? null : slots.get(consumer)) : shared;
        if (slot == null) {
            return new InjectAnswer.Unavailable(perConsumer ? Reason.INJECT_NO_CONSUMER : Reason.INJECT_UNRESOLVED);
        }
        long now = ticker.read();
        return switch (slot.filled()) {
            case Filled.Values values
            when values.usableAt(now) ->
                new InjectAnswer.Known(
                        slot.name,
                        values.passed().headers(),
                        values.passed().setArguments(),
                        values.cookies(),
                        values.usableFor(now));
            case Filled.Values _ -> new InjectAnswer.Unavailable(Reason.INJECT_UNRESOLVED);
            case Filled.Missing missing ->
                new InjectAnswer.Unavailable(missing.refusal().reason());
        };
    }
}
