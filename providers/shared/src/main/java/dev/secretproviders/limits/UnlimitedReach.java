package dev.secretproviders.limits;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.Settings;

/** Every file, any identity, and every address but those that none may connect to. */
record UnlimitedReach(AllowedFiles files, Outbound outbound) implements ProviderReach {
    static final UnlimitedReach INSTANCE =
            new UnlimitedReach(AllowedFiles.ANY, new Outbound(Destinations.DEFAULT, true));

    @Override
    public void usesIdentity(Settings settings, Field field, String what) {
        // Any may be used.
    }
}
