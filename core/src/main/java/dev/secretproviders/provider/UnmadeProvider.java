package dev.secretproviders.provider;

import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Map;

/** Stands where a factory failed to make a provider: answers nothing, and says why. Immutable. */
record UnmadeProvider(ProviderId id, String why) implements SecretProvider {
    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        return List.of(new SecretAddress(new SecretPath(reference.path(), null, null), null));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) throws ProviderException {
        throw new ProviderException(Kind.CONFIGURATION, why);
    }

    @Override
    public void check() throws ProviderException {
        throw new ProviderException(Kind.CONFIGURATION, why);
    }

    @Override
    public void close() {}
}
