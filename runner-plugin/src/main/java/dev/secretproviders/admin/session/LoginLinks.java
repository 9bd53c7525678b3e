package dev.secretproviders.admin.session;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.crypto.OneTimeTable;
import dev.secretproviders.spi.Secret;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * One-time codes that log in to the dashboard on this runner with the rights of the caller who made them. A code is valid
 * for a minute and once. Thread-safe; no I/O.
 */
public final class LoginLinks {
    /** How long a code is valid. */
    static final Duration VALID = Duration.ofSeconds(60);

    static final int MOST = 100;

    private final OneTimeTable<Caller> makers;

    /** Creates an empty table. */
    LoginLinks(InstantSource clock) {
        this.makers = new OneTimeTable<>(clock, VALID, MOST);
    }

    /** Makes a code for a caller. */
    OneTimeTable.Made make(Caller maker) {
        return makers.add(maker);
    }

    /**
     * Uses a code up and returns who made it, with the rights of that time. Null if the code is not known, used, or too
     * old.
     */
    public @Nullable Caller use(Secret code) {
        return makers.take(code.reveal());
    }
}
