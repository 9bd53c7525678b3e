package dev.secretproviders.transport.inject;

import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** A secret manager in memory, which announces its changes. The last segment of a path is the field. */
final class MemoryProvider implements SecretProvider {
    private record Stored(String version, Map<String, String> fields) {}

    private final Map<String, Stored> secrets = new ConcurrentHashMap<>();
    private volatile Consumer<List<SecretPath>> changes = paths -> {};

    void put(String name, String version, Map<String, String> fields) {
        secrets.put(name, new Stored(version, Map.copyOf(fields)));
        changes.accept(List.of(SecretPath.current(name)));
    }

    @Override
    public ProviderId id() {
        return new ProviderId("vault", "prod");
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        int slash = reference.path().lastIndexOf('/');
        return List.of(new SecretAddress(
                SecretPath.current(reference.path().substring(0, slash)),
                reference.path().substring(slash + 1)));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) {
        Map<SecretPath, FetchResult> results = new HashMap<>();
        for (FetchRequest request : requests) {
            Stored stored = secrets.get(request.path().name());
            results.put(request.path(), stored == null ? new FetchResult.Missing("no such secret") : found(stored));
        }
        return results;
    }

    private static FetchResult found(Stored stored) {
        Map<String, Secret> fields = new HashMap<>();
        stored.fields().forEach((name, value) -> fields.put(name, Secret.ofUtf8(value)));
        return new FetchResult.Found(SecretVersion.of(stored.version(), null, SecretContent.ofFields(fields)));
    }

    @Override
    public void onChange(Consumer<List<SecretPath>> listener) {
        changes = listener;
    }

    @Override
    public void close() {}
}
