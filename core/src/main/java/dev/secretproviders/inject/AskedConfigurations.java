package dev.secretproviders.inject;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.reference.template.InvalidInjectConfigException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The configurations that companions asked about. It keeps their injections, so that the values stay, and no
 * configuration is parsed again, even if it is wrong. Thread-safe.
 */
final class AskedConfigurations {
    /** A companion asks again within this time, if it still needs the values. */
    private static final Duration AGAIN_WITHIN = Duration.ofHours(1);

    private static final int MOST = 4096;

    private final Preparation preparation;
    private final Cache<String, Known> known;

    /** Prepares a configuration. */
    interface Preparation {
        Injection of(String json) throws InvalidInjectConfigException;
    }

    private sealed interface Known {
        record Valid(Injection injection) implements Known {}

        record Wrong(InjectAnswer.Invalid answer) implements Known {}
    }

    AskedConfigurations(Preparation preparation, Ticker ticker) {
        this.preparation = preparation;
        this.known = Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterAccess(AGAIN_WITHIN)
                .ticker(ticker)
                .build();
    }

    /** Returns the values of a configuration for a consumer, or for a request without one. */
    InjectAnswer answer(String json, @Nullable String consumer) {
        Known asked = known.getIfPresent(json);
        if (asked == null) {
            asked = read(json);
            known.put(json, asked);
        }
        return switch (asked) {
            case Known.Valid(Injection injection) -> injection.answer(consumer);
            case Known.Wrong(InjectAnswer.Invalid answer) -> answer;
        };
    }

    private Known read(String json) {
        try {
            return new Known.Valid(preparation.of(json));
        } catch (InvalidInjectConfigException e) {
            return new Known.Wrong(new InjectAnswer.Invalid(String.valueOf(e.getMessage())));
        }
    }

    /** Forgets what was not asked for lately. */
    void tidy() {
        known.cleanUp();
    }
}
