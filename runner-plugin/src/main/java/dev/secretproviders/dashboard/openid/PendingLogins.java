package dev.secretproviders.dashboard.openid;

import dev.secretproviders.crypto.OneTimeTable;
import dev.secretproviders.spi.Secret;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;

/**
 * Log-ins that browsers have begun and not finished. Each belongs to the browser that has its cookie, and can be taken
 * once. Thread-safe.
 */
final class PendingLogins {
    static final Duration KEPT = Duration.ofMinutes(10);
    static final int MOST = 1_000;

    private final OneTimeTable<Pending> begun;

    /**
     * A log-in that is begun.
     *
     * @param target the page that it leads to
     */
    record Pending(OAuth2AuthorizationRequest request, String target) {}

    PendingLogins(InstantSource clock) {
        this.begun = new OneTimeTable<>(clock, KEPT, MOST);
    }

    /** Adds a log-in and returns the value of its cookie. */
    String add(Pending pending) {
        try (Secret cookie = begun.add(pending).text()) {
            return cookie.reveal();
        }
    }

    /** Removes the log-in of a cookie and returns it, or null if there is none or it is too old. */
    @Nullable
    Pending take(String cookie) {
        return begun.take(cookie);
    }

    int size() {
        return begun.size();
    }
}
