package dev.secretproviders.auth.route;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.Identity;
import dev.secretproviders.auth.usage.CredentialName;

/**
 * Uses of verdicts that callers remember. They report later, by name, how often they used a credential without asking;
 * possibly to another runner than the one that gave the verdict.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
public final class RememberedUses {
    private final CredentialDirectory directory;
    private final Ticker ticker;

    /** Creates what marks the uses of a directory's credentials. */
    public RememberedUses(AuthContext context) {
        this.directory = context.directory();
        this.ticker = context.ticker();
    }

    /** Returns whether the consumers are known, so that {@link #mark} finds their credentials. */
    public boolean canMark() {
        return directory.index().isKnown();
    }

    /**
     * Marks uses of a credential. Does nothing for a name that is unknown, such as that of a credential that is gone.
     *
     * @param current the number of uses of the current version, at most 2^32 - 1
     * @param previous the number of uses of versions before it, at most 2^32 - 1
     */
    public void mark(CredentialName name, long current, long previous) {
        Identity identity = directory.index().identity(name);
        if (identity != null) {
            identity.mark(ticker.read(), current, previous);
        }
    }
}
