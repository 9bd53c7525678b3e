package dev.secretproviders.admin.session;

import dev.secretproviders.admin.access.Caller;
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

/**
 * One-time codes that log in to the dashboard on this runner with the rights of the caller who made them. A code is valid
 * for a minute and once. Only its hash is kept, in memory. Their number is bounded: the oldest one makes room.
 * Thread-safe; no I/O.
 */
public final class LoginLinks {
    /** How long a code is valid. */
    static final Duration VALID = Duration.ofSeconds(60);

    static final int MOST = 100;
    private static final int CODE_BYTES = 32;

    private final InstantSource clock;
    private final Map<String, Link> links = new LinkedHashMap<>();

    private record Link(Caller maker, Instant until) {}

    /**
     * A code that was just made.
     *
     * @param code the receiver closes it
     */
    record Made(Secret code, Instant until) {}

    /** Creates an empty table. */
    LoginLinks(InstantSource clock) {
        this.clock = clock;
    }

    /** Makes a code for a caller. */
    synchronized Made make(Caller maker) {
        Instant now = clock.instant();
        links.values().removeIf(link -> !now.isBefore(link.until()));
        if (links.size() >= MOST) {
            links.remove(links.keySet().iterator().next());
        }
        Secret code = RandomSecrets.text(CODE_BYTES);
        Instant until = now.plus(VALID);
        links.put(hash(code), new Link(maker, until));
        return new Made(code, until);
    }

    /**
     * Uses a code up and returns who made it, with the rights of that time. Null if the code is not known, used, or too
     * old.
     */
    public synchronized @Nullable Caller use(Secret code) {
        Link link = links.remove(hash(code));
        return link == null || !clock.instant().isBefore(link.until()) ? null : link.maker();
    }

    private static String hash(Secret code) {
        return HexFormat.of().formatHex(Sha256.of(code.reveal().getBytes(StandardCharsets.UTF_8)));
    }
}
