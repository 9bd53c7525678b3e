package dev.secretproviders.transport.route;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.RemovalListener;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.transport.wire.Messages;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The configurations of routes by their conf tokens.
 *
 * <p>A token lives at least as long as APISIX may use it. Its expiry counts from its last issue or use, also over a
 * restart of the same runner, which {@linkplain #restore restores} its tokens. APISIX may remember a token of another
 * runner. Tokens are random, so the chance that such a token is known here is {@code size / 2^32}. A look-up takes no
 * lock. Thread-safe.
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
    private final Policy.VarExpiration<Integer, Entry> expiration;
    private final AtomicLong changes = new AtomicLong();
    private final Object preparing = new Object();
    /**
     * Recent results by the lowest bits of the token. They reduce look-ups in the cache to one per second and token.
     */
    private final AtomicReferenceArray<Recent> recent = new AtomicReferenceArray<>(RECENT);

    private final Ticker ticker;
    private final Function<Messages.PrepareConf, PreparedRoute> compiler;

    /**
     * Creates an empty table.
     *
     * @param expiry the value of APISIX_CONF_EXPIRE_TIME
     * @param maxRoutes the number of routes that there is room for
     * @param compiler prepares a configuration
     */
    public ConfTokens(
            Duration expiry, int maxRoutes, Ticker ticker, Function<Messages.PrepareConf, PreparedRoute> compiler) {
        this.ticker = ticker;
        this.compiler = compiler;
        RemovalListener<Integer, Entry> forget = (token, entry, _) -> {
            if (token != null && entry != null) {
                bySource.remove(entry.source(), token);
                newest.remove(withoutVersion(entry.source().key()), entry.route());
            }
        };
        Duration life = expiry.multipliedBy(EXPIRY_FACTOR).plus(MARGIN);
        byToken = Caffeine.newBuilder()
                .expireAfter(Expiry.<Integer, Entry>accessing((_, _) -> life))
                .maximumSize(SIZE_FACTOR * maxRoutes)
                .ticker(ticker)
                .evictionListener(forget)
                .build();
        expiration = byToken.policy().expireVariably().orElseThrow();
    }

    /** Returns the token of a configuration, never 0. The same key and content get the same token while it lives. */
    public int prepare(Messages.PrepareConf source) {
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
            changes.incrementAndGet();
            return token;
        }
    }

    /** Returns how many tokens were issued or restored since the start. */
    public long changes() {
        return changes.get();
    }

    /** Returns the tokens that are valid now, for the next process of this runner. */
    public List<KnownToken> known() {
        List<KnownToken> known = new ArrayList<>();
        byToken.asMap()
                .forEach((token, entry) -> expiration
                        .getExpiresAfter(token)
                        .ifPresent(left -> known.add(new KnownToken(
                                token,
                                entry.source(),
                                left,
                                entry.route()
                                        .equals(newest.get(
                                                withoutVersion(entry.source().key())))))));
        return known;
    }

    /** Makes tokens of an earlier process of this runner valid again. A configuration may then have two tokens. */
    public void restore(List<KnownToken> tokens) {
        for (KnownToken known : tokens) {
            if (byToken.asMap().containsKey(known.token())) {
                // Compiling it again would take time that a takeover does not have.
                continue;
            }
            Entry entry = new Entry(known.source(), compiler.apply(known.source()));
            synchronized (preparing) {
                if (expiration.putIfAbsent(known.token(), entry, known.left()) == null) {
                    changes.incrementAndGet();
                    var _ = bySource.putIfAbsent(known.source(), known.token());
                    if (known.newest()) {
                        var _ = newest.putIfAbsent(withoutVersion(known.source().key()), entry.route());
                    }
                }
            }
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
