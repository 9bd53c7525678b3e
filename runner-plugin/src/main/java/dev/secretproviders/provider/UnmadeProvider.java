package dev.secretproviders.provider;

import dev.secretproviders.provider.ProviderException.Kind;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.reference.SecretReference;
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
