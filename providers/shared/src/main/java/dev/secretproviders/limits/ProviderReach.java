package dev.secretproviders.limits;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory.Credentials;

/**
 * What one provider may reach: files, addresses, and the identity of the machine that the runner is on.
 *
 * <p>Factories use it while they make a provider, in one thread; {@link #files} and {@link #outbound} are thread-safe.
 */
public interface ProviderReach {
    /** Opens the files that the object names. */
    AllowedFiles files();

    /** Checks connections. */
    Outbound outbound();

    /**
     * Records that the provider logs in as the machine or pod that the runner is on, although no file shows that.
     *
     * @param field the field that selects this identity, or would select another
     * @param what the identity
     */
    void usesIdentity(FieldValues values, Field field, String what);

    /** Records which server the provider asks for secrets, so that a test can show how far a connection gets. */
    void connectsTo(Place.Source place);

    /**
     * Returns the reach of the provider that reads these credentials; no limits for credentials that the runner did not
     * make.
     */
    static ProviderReach of(Credentials credentials) {
        return credentials instanceof Limited own ? own.reach() : UnlimitedReach.INSTANCE;
    }

    /** Credentials of a provider with a known reach. */
    interface Limited extends Credentials {
        /** Returns what the provider may reach. */
        ProviderReach reach();
    }
}
