package dev.secretproviders.dashboard.openid;

import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sha256;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;

/**
 * Log-ins that browsers have begun and not finished. Each belongs to the browser that has its cookie, and can be taken
 * once. Only the hash of the cookie is kept. The number is bounded: the oldest one makes room. Thread-safe.
 */
final class PendingLogins {
    static final Duration KEPT = Duration.ofMinutes(10);
    static final int MOST = 1_000;
    private static final int COOKIE_BYTES = 32;

    private final InstantSource clock;
    private final Map<String, Kept> begun = new LinkedHashMap<>();

    private record Kept(Pending login, Instant until) {}

    /**
     * A log-in that is begun.
     *
     * @param target the page that it leads to
     */
    record Pending(OAuth2AuthorizationRequest request, String target) {}

    PendingLogins(InstantSource clock) {
        this.clock = clock;
    }

    /** Adds a log-in and returns the value of its cookie. */
    synchronized String add(Pending pending) {
        Instant now = clock.instant();
        begun.values().removeIf(kept -> !now.isBefore(kept.until()));
        if (begun.size() >= MOST) {
            begun.remove(begun.keySet().iterator().next());
        }
        try (Secret cookie = RandomSecrets.text(COOKIE_BYTES)) {
            begun.put(hash(cookie.reveal()), new Kept(pending, now.plus(KEPT)));
            return cookie.reveal();
        }
    }

    /** Removes the log-in of a cookie and returns it, or null if there is none or it is too old. */
    synchronized @Nullable Pending take(String cookie) {
        Kept kept = begun.remove(hash(cookie));
        return kept == null || !clock.instant().isBefore(kept.until()) ? null : kept.login();
    }

    synchronized int size() {
        return begun.size();
    }

    private static String hash(String text) {
        return HexFormat.of().formatHex(Sha256.of(text.getBytes(StandardCharsets.UTF_8)));
    }
}
