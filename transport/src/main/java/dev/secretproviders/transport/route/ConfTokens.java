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
 * The configurations of routes by the token that stands for them on the wire.
 *
 * <p>A token lives at least as long as APISIX may use it: its own expiry and a margin after the last time it was given out
 * or used. Tokens are random, so that one of another instance, which APISIX may remember over a restart, is unknown here
 * but for a chance of {@code size / 2^32}. Looking one up takes no lock. Thread-safe.
 */
public final class ConfTokens {
    /** APISIX shares a token for 0.9 of its expiry and then remembers it in each worker for the whole of it. */
    private static final int EXPIRY_FACTOR = 2;

    private static final Duration MARGIN = Duration.ofMinutes(1);

    /** After a change of every route the old and the new configuration of each are alive. */
    private static final long SIZE_FACTOR = 4;

    private static final int RECENT = 64;
    private static final long RECENTLY = TimeUnit.SECONDS.toNanos(1);

    private record Entry(Messages.PrepareConf source, PreparedRoute route) {}

    /**
     * A route that was found.
     *
     * @param at when the cache was told so
     */
    private record Recent(int token, PreparedRoute route, long at) {}

    private final SecureRandom random = new SecureRandom();
    private final Map<Messages.PrepareConf, Integer> bySource = new ConcurrentHashMap<>();
    private final Map<String, PreparedRoute> newest = new ConcurrentHashMap<>();
    private final Cache<Integer, Entry> byToken;
    private final Object preparing = new Object();
    /** What was found last, by the lowest bits of its token: the cache below takes part in one look-up a second, not in each. */
    private final AtomicReferenceArray<Recent> recent = new AtomicReferenceArray<>(RECENT);

    private final Ticker ticker;

    /**
     * @param expiry APISIX_CONF_EXPIRE_TIME
     * @param maxRoutes how many routes there is room for
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

    /** Returns the token of a configuration: the same one for the same key and content while it lives. Never 0. */
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

    /** Returns what is wrong with the newest configuration of each route, in no order. */
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

    public long size() {
        return byToken.estimatedSize();
    }

    /** Lets what has expired go now instead of at the next use. */
    void cleanUp() {
        byToken.cleanUp();
    }
}
