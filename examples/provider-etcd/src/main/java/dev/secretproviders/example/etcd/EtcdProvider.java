package dev.secretproviders.example.etcd;

import dev.secretproviders.example.etcd.EtcdClient.Entry;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads values of etcd. {@code $secret://etcd/prod/jack/key} is the value of the key {@code jack/key} below the prefix.
 * If that does not exist, it is the field {@code key} of the JSON object at {@code jack}. A version is the revision
 * that wrote the value.
 *
 * <p>Thread-safe, as the runner asks from several threads.
 */
final class EtcdProvider implements SecretProvider {
    private final ProviderId id;
    private final String prefix;
    private final EtcdClient client;

    EtcdProvider(ProviderId id, String prefix, EtcdClient client) {
        this.id = id;
        this.prefix = prefix;
        this.client = client;
    }

    @Override
    public ProviderId id() {
        return id;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        if (reference.stage() != null) {
            throw new InvalidReferenceException(reference.toString().indexOf("stage="), "etcd has no stages");
        }
        String version = reference.version();
        if (version != null && !version.matches("[1-9][0-9]{0,17}")) {
            throw new InvalidReferenceException(
                    reference.toString().indexOf("version="), "expected the revision that wrote the value");
        }
        SecretPath path = new SecretPath(reference.path(), version, null);
        int slash = reference.path().lastIndexOf('/');
        SecretAddress whole = SecretAddress.split(path, -1);
        return slash < 0 ? List.of(whole) : List.of(whole, SecretAddress.split(path, slash));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests)
            throws ProviderException, InterruptedException {
        Map<SecretPath, FetchResult> results = new HashMap<>();
        for (FetchRequest request : requests) {
            results.put(request.path(), fetch(request));
        }
        return results;
    }

    /** etcd keeps previous values of a key until it is compacted. */
    @Override
    public @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion)
            throws ProviderException, InterruptedException {
        if (!path.followsRotation()) {
            return null;
        }
        Entry entry = client.get(prefix + path.name(), Long.parseLong(currentVersion) - 1);
        return entry == null ? null : version(entry);
    }

    @Override
    public void check() throws ProviderException, InterruptedException {
        // The key need not exist: etcd answers only after a successful login.
        Entry entry = client.get(prefix + "connection-test", 0);
        if (entry != null) {
            entry.value().close();
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private FetchResult fetch(FetchRequest request) throws ProviderException, InterruptedException {
        SecretPath path = request.path();
        long pinned = path.version() == null ? 0 : Long.parseLong(path.version());
        Entry entry;
        try {
            entry = client.get(prefix + path.name(), pinned);
        } catch (ProviderException e) {
            return switch (e.kind()) {
                // The refusal concerns this key only; others may be readable.
                case PERMISSION, INVALID_ANSWER -> new FetchResult.Failed(e);
                // etcd cannot be asked now: the runner pauses and retries by itself.
                case UNAVAILABLE, TIMEOUT, AUTHENTICATION, THROTTLED, CONFIGURATION -> throw e;
            };
        }
        if (entry == null || (pinned != 0 && entry.revision() != pinned)) {
            if (entry != null) {
                entry.value().close();
            }
            return new FetchResult.Missing("there is no key '" + prefix + path.name() + "'"
                    + (pinned == 0 ? "" : " written by revision " + pinned));
        }
        SecretVersion version = version(entry);
        if (version.id().equals(request.knownVersion())) {
            version.content().close();
            return new FetchResult.Unchanged();
        }
        return new FetchResult.Found(version);
    }

    private static SecretVersion version(Entry entry) {
        return SecretVersion.of(Long.toString(entry.revision()), null, SecretContent.ofWhole(entry.value()));
    }
}
