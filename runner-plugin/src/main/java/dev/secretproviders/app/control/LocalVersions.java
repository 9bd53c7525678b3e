package dev.secretproviders.app.control;

import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.local.LocalObjects;
import dev.secretproviders.provider.local.LocalProviderFactory;
import java.util.OptionalInt;

/** How many versions of local secrets the providers of a registry keep. Thread-safe. */
record LocalVersions(ProviderRegistry registry) implements LocalObjects {
    @Override
    public OptionalInt versionsKept(String id) {
        var registered = registry.get(LocalProviderFactory.id(id));
        return LocalProviderFactory.versionsKept(registered == null ? null : registered.provider());
    }
}
