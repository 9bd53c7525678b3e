package dev.secretproviders.limits;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldValues;

/** Allows every file, any identity, and every address but those that no provider may connect to. */
record UnlimitedReach(AllowedFiles files, Outbound outbound) implements ProviderReach {
    static final UnlimitedReach INSTANCE =
            new UnlimitedReach(AllowedFiles.ANY, new Outbound(Destinations.DEFAULT, true));

    @Override
    public void usesIdentity(FieldValues values, Field field, String what) {
        // Any identity may be used.
    }

    @Override
    public void connectsTo(Place.Source place) {
        // Only providers of the runner are tested.
    }
}
