package dev.secretproviders.provider.local;

import dev.secretproviders.provider.local.SecretMetadata.Version;
import dev.secretproviders.provider.local.SecretRecords.Read;
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
import dev.secretproviders.store.StoreException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads local secrets from the store. The last segment of a path is the field, the rest is the secret, as with Vault.
 * Versions are named by their numbers, which are never reused.
 */
final class LocalProvider implements SecretProvider {
    /** Each secret needs its own read of the store. */
    private static final int BATCH = 32;

    private final ProviderId id;
    private final int versionsKept;
    private final SecretRecords records;
    private final InstantSource clock;
    private final ChangeNotices notices;

    LocalProvider(ProviderId id, int versionsKept, SecretRecords records, InstantSource clock) {
        this.id = id;
        this.versionsKept = versionsKept;
        this.records = records;
        this.clock = clock;
        this.notices = new ChangeNotices(id.id(), records.store(), clock);
    }

    @Override
    public ProviderId id() {
        return id;
    }

    int versionsKept() {
        return versionsKept;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        String text = reference.toString();
        String path = reference.path();
        int slash = path.lastIndexOf('/');
        if (slash < 0) {
            throw new InvalidReferenceException(
                    text.length(), "expected '/' and the field of the secret, as in secret-path/field");
        }
        if (reference.stage() != null) {
            throw new InvalidReferenceException(
                    text.indexOf("stage=", text.indexOf('?')), "local secrets have no stages; use version=");
        }
        String version = reference.version();
        if (version != null && !version.matches("[1-9][0-9]{0,8}")) {
            throw new InvalidReferenceException(
                    text.indexOf("version=", text.indexOf('?')) + "version=".length(),
                    "expected the number of a version");
        }
        return List.of(SecretAddress.split(new SecretPath(path, version, null), slash));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) {
        Map<SecretPath, FetchResult> results = new HashMap<>();
        requests.forEach(request -> results.put(request.path(), fetch(request)));
        return results;
    }

    @Override
    public int batchSize() {
        return BATCH;
    }

    @Override
    public @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion) throws ProviderException {
        LocalPath where = new LocalPath(id.id(), path.name());
        try (Read read = records.read(where)) {
            Version previous = read.record().before(Integer.parseInt(currentVersion));
            if (previous == null || previous.destroyed() || previous.expired(clock.instant())) {
                return null;
            }
            Map<String, Secret> values = records.readVersion(where, read.record(), previous.version());
            return values == null ? null : version(previous, values);
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    @Override
    public List<String> versions(String name) throws ProviderException {
        try (Read read = records.read(new LocalPath(id.id(), name))) {
            return read.record().versions().reversed().stream()
                    .map(version -> Integer.toString(version.version()))
                    .toList();
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    @Override
    public void check() throws ProviderException {
        try {
            records.check(id.id());
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    @Override
    public void onChange(Consumer<List<SecretPath>> listener) {
        notices.start(listener);
    }

    @Override
    public void close() {
        notices.close();
    }

    private FetchResult fetch(FetchRequest request) {
        SecretPath path = request.path();
        notices.asked(path);
        try (Read read = records.read(new LocalPath(id.id(), path.name()))) {
            return answer(read.record(), request);
        } catch (StoreException e) {
            return new FetchResult.Failed(unavailable(e));
        }
    }

    private FetchResult answer(SecretRecord record, FetchRequest request) throws StoreException {
        String name = request.path().name();
        String pinned = request.path().version();
        if (record.deletedAt() != null) {
            return new FetchResult.Gone("'" + name + "' was deleted at " + record.deletedAt());
        }
        if (!record.exists()) {
            return new FetchResult.Missing("there is no secret '" + name + "'");
        }
        int number = pinned == null ? record.current().version() : Integer.parseInt(pinned);
        if (number > record.lastVersion()) {
            return new FetchResult.Missing("'" + name + "' has no version " + number + " yet");
        }
        Version version = record.version(number);
        if (version == null) {
            return new FetchResult.Gone("version " + number + " of '" + name + "' is no longer kept");
        }
        if (version.destroyed()) {
            return new FetchResult.Gone("version " + number + " of '" + name + "' was destroyed");
        }
        Instant expiresAt = version.expiresAt();
        if (expiresAt != null) {
            if (version.expired(clock.instant())) {
                return new FetchResult.Gone("version " + number + " of '" + name + "' expired at " + expiresAt);
            }
            notices.expiring(request.path(), expiresAt);
        }
        if (Integer.toString(number).equals(request.knownVersion())) {
            return new FetchResult.Unchanged();
        }
        Map<String, Secret> values = number == record.current().version()
                ? record.copyOfValues()
                : records.readVersion(new LocalPath(id.id(), name), record, number);
        return values == null
                // The version was removed between the two reads.
                ? new FetchResult.Gone("version " + number + " of '" + name + "' is no longer kept")
                : new FetchResult.Found(version(version, values));
    }

    private static SecretVersion version(Version version, Map<String, Secret> values) {
        return SecretVersion.of(
                Integer.toString(version.version()), version.createdAt(), SecretContent.ofFields(values));
    }

    private static ProviderException unavailable(StoreException e) {
        return new ProviderException(
                ProviderException.Kind.UNAVAILABLE, "the store cannot be read: " + e.getMessage(), e);
    }
}
