package dev.secretproviders.limits;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.ProviderFactory.Credentials;
import dev.secretproviders.spi.Settings;

/**
 * What one provider may reach: files, addresses, and the identity of the machine that the runner is on.
 *
 * <p>Factories use it while they make a provider, in one thread; {@link #files} and {@link #outbound} are thread-safe.
 */
public interface ProviderReach {
    /** Returns what opens the files that the object names. */
    AllowedFiles files();

    /** Returns what checks connections. */
    Outbound outbound();

    /**
     * Tells that the provider logs in as the machine or pod that the runner is on, though no file says so.
     *
     * @param field the field that says so, or that would say otherwise
     * @param what whose identity it is
     */
    void usesIdentity(Settings settings, Field field, String what);

    /** Returns that of the provider that reads its credentials with these; no limits for credentials that the runner did not make. */
    static ProviderReach of(Credentials credentials) {
        return credentials instanceof Limited own ? own.reach() : UnlimitedReach.INSTANCE;
    }

    /** Credentials of a provider whose reach is known. */
    interface Limited extends Credentials {
        /** Returns what the provider may reach. */
        ProviderReach reach();
    }
}
