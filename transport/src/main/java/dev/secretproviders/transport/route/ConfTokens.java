package dev.secretproviders.transport.route;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalListener;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.transport.wire.Messages;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The configurations of routes by their conf tokens.
 *
 * <p>A token lives at least as long as APISIX may use it. Its expiry counts from its last issue or use. APISIX may
 * remember a token of another instance over a restart. Tokens are random, so the chance that such a token is known here
 * is {@code size / 2^32}. A look-up takes no lock. Thread-safe.
 */
public final class ConfTokens {
    /** APISIX shares a token among workers for 0.9 of its expiry. Each worker then keeps it for one whole expiry. */
    private static final int EXPIRY_FACTOR = 2;

    private static final Duration MARGIN = Duration.ofMinutes(1);

    /** After a change of every route, both the old and the new configuration of each route are alive. */
    private static final long SIZE_FACTOR = 4;

    private static final int RECENT = 64;
    private static final long RECENTLY = TimeUnit.SECONDS.toNanos(1);

    private record Entry(Messages.PrepareConf source, PreparedRoute route) {}

    /**
     * A route that was found recently.
     *
     * @param at when the cache was last asked for it
     */
    private record Recent(int token, PreparedRoute route, long at) {}

    private final SecureRandom random = new SecureRandom();
    private final Map<Messages.PrepareConf, Integer> bySource = new ConcurrentHashMap<>();
    private final Map<String, PreparedRoute> newest = new ConcurrentHashMap<>();
    private final Cache<Integer, Entry> byToken;
    private final Object preparing = new Object();
    /**
     * Recent results by the lowest bits of the token. They reduce look-ups in the cache to one per second and token.
     */
    private final AtomicReferenceArray<Recent> recent = new AtomicReferenceArray<>(RECENT);

    private final Ticker ticker;

    /**
     * Creates an empty table.
     *
     * @param expiry the value of APISIX_CONF_EXPIRE_TIME
     * @param maxRoutes the number of routes that there is room for
     */
    public ConfTokens(Duration expiry, int maxRoutes, Ticker ticker) {
        this.ticker = ticker;
        RemovalListener<Integer, Entry> forget = (token, entry, _) -> {
            if (token != null && entry != null) {
                bySource.remove(entry.source(), token);
                newest.remove(withoutVersion(entry.source().key()), entry.route());
            }
        };
        byToken = Caffeine.newBuilder()
                .expireAfterAccess(expiry.multipliedBy(EXPIRY_FACTOR).plus(MARGIN))
                .maximumSize(SIZE_FACTOR * maxRoutes)
                .ticker(ticker)
                .evictionListener(forget)
                .build();
    }

    /** Returns the token of a configuration, never 0. The same key and content get the same token while it lives. */
    public int prepare(Messages.PrepareConf source, Function<Messages.PrepareConf, PreparedRoute> compiler) {
        synchronized (preparing) {
            Integer known = bySource.get(source);
            if (known != null && byToken.getIfPresent(known) != null) {
                return known;
            }
            Entry entry = new Entry(source, compiler.apply(source));
            int token = random.nextInt();
            while (token == 0 || byToken.asMap().putIfAbsent(token, entry) != null) {
                token = random.nextInt();
            }
            bySource.put(source, token);
            newest.put(withoutVersion(source.key()), entry.route());
            return token;
        }
    }

    /** Returns the configuration that a token stands for, or null. */
    @Nullable
    public PreparedRoute find(int token) {
        int place = token & RECENT - 1;
        long now = ticker.read();
        Recent last = recent.get(place);
        if (last != null && last.token() == token && now - last.at() < RECENTLY) {
            return last.route();
        }
        Entry entry = byToken.getIfPresent(token);
        if (entry == null) {
            return null;
        }
        recent.set(place, new Recent(token, entry.route(), now));
        return entry.route();
    }

    /** Returns the problem of each route whose newest configuration is wrong, in no particular order. */
    public List<RouteProblem> problems() {
        return newest.values().stream()
                .map(PreparedRoute::problem)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    private static String withoutVersion(String key) {
        int end = key.lastIndexOf('#');
        return end < 0 ? key : key.substring(0, end);
    }

    /** Returns the approximate number of configurations. */
    public long size() {
        return byToken.estimatedSize();
    }

    /** Removes expired tokens now instead of at the next use. */
    void cleanUp() {
        byToken.cleanUp();
    }
}
