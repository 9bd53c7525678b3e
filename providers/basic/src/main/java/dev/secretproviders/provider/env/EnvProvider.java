package dev.secretproviders.provider.env;

import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads environment variables. A path is {@code NAME}, or {@code NAME/field} if the variable holds a JSON object. */
final class EnvProvider implements SecretProvider {
    /** What Java has in place of bytes that its character set does not have. A damaged secret would be a wrong one. */
    private static final char UNREADABLE = '\uFFFD';

    private final ProviderId id;
    private final Map<String, String> environment;
    private final ContentDigester digester = new ContentDigester();

    EnvProvider(ProviderId id, Map<String, String> environment) {
        this.id = id;
        this.environment = environment;
    }

    @Override
    public ProviderId id() {
        return id;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        if (reference.version() != null || reference.stage() != null) {
            throw new InvalidReferenceException(
                    reference.toString().indexOf('?'), "environment variables have no versions or stages");
        }
        String path = reference.path();
        return List.of(SecretAddress.split(SecretPath.current(path), path.indexOf('/')));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) {
        Map<SecretPath, FetchResult> results = new HashMap<>();
        requests.forEach(request -> results.put(request.path(), read(request)));
        return results;
    }

    @Override
    public void close() {
        // The provider holds no resources.
    }

    private FetchResult read(FetchRequest request) {
        String value = environment.get(request.path().name());
        if (value == null) {
            return new FetchResult.Missing(
                    "environment variable " + request.path().name() + " is not set");
        }
        if (value.indexOf(UNREADABLE) >= 0) {
            return new FetchResult.Failed(new ProviderException(
                    ProviderException.Kind.INVALID_ANSWER,
                    "environment variable " + request.path().name() + " has characters that the runner cannot read;"
                            + " it needs a character set of UTF-8, for example LANG=C.UTF-8"));
        }
        SecretContent content = SecretContent.ofWhole(Secret.ofUtf8(value));
        String version = digester.version(content);
        if (version.equals(request.knownVersion())) {
            content.close();
            return new FetchResult.Unchanged();
        }
        return new FetchResult.Found(SecretVersion.of(version, null, content));
    }
}
