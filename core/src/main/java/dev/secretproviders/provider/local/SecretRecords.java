package dev.secretproviders.provider.local;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.secretproviders.crypto.Sha256;
import dev.secretproviders.provider.local.SecretMetadata.Version;
import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Reads and writes the store's records of local secrets: JSON, in which values are base64, so that any bytes fit and none becomes
 * a string in memory on its way. What the store returns or takes is not wiped: it may belong to the engine.
 */
final class SecretRecords {
    private static final JsonMapper JSON = SecretJson.mapper()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
            // A later release may write more.
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .addModule(new SimpleModule()
                    .addSerializer(Secret.class, new SecretWriter())
                    .addDeserializer(Secret.class, new SecretReader()))
            .build();

    private final Store store;

    SecretRecords(Store store) {
        this.store = store;
    }

    /**
     * A record as read; the reader closes it.
     *
     * @param revision 0 if there is none
     */
    record Read(SecretRecord record, long revision) implements AutoCloseable {
        @Override
        public void close() {
            record.close();
        }
    }

    /** What is stored of an earlier version. */
    private record Values(Map<String, Secret> values) {}

    /** A record read without its values. */
    private record Header(List<Version> versions) {}

    /**
     * Secrets of a provider.
     *
     * @param secrets by path
     * @param damaged paths of those that cannot be read
     */
    record Overview(List<SecretMetadata> secrets, List<String> damaged) {}

    Store store() {
        return store;
    }

    /** Reads something, to see whether it can be done. */
    void check(String provider) throws StoreException {
        var _ = store.list(Range.prefix(LocalPath.keysOf(provider)).limit(1));
    }

    Read read(LocalPath path) throws StoreException {
        Stored stored = store.get(path.key());
        return stored == null
                ? new Read(SecretRecord.none(), 0)
                : new Read(parse(stored, SecretRecord.class), stored.revision());
    }

    /**
     * Returns the values of an earlier version, which the caller closes; null if they are no more.
     *
     * @param record names the version, and what must be stored of it
     * @throws DamagedEntryException if something else is stored, or nothing while the record still says that it is kept
     */
    @Nullable
    Map<String, Secret> readVersion(LocalPath path, SecretRecord record, int version) throws StoreException {
        String key = path.versionKey(version);
        Stored stored = store.get(key);
        if (stored == null) {
            return droppedMeanwhile(path, version, key);
        }
        String expected = record.digests().get(version);
        if (expected != null && !expected.equals(digest(stored.value()))) {
            throw damaged(key, stored.revision(), "was put back to an earlier state");
        }
        return parse(stored, Values.class).values();
    }

    private @Nullable Map<String, Secret> droppedMeanwhile(LocalPath path, int number, String key)
            throws StoreException {
        try (Read now = read(path)) {
            Version version = now.record().version(number);
            if (version != null && !version.destroyed()) {
                throw damaged(key, 0, "was deleted");
            }
            return null;
        }
    }

    private static DamagedEntryException damaged(String key, long revision, String what) {
        return new DamagedEntryException(
                key,
                revision,
                key + " " + what + " by something other than the runner; destroy that version, or restore a backup",
                null);
    }

    /** Returns the digest of what is stored of an earlier version. */
    static String digest(byte[] values) {
        return HexFormat.of().formatHex(Sha256.of(values));
    }

    /** Returns the secrets there are whose paths start with {@code prefix}. */
    Overview list(String provider, String prefix) throws StoreException {
        String keys = LocalPath.keysOf(provider);
        Listing listing = store.list(Range.prefix(keys + prefix));
        List<SecretMetadata> found = new ArrayList<>();
        for (Stored stored : listing.entries()) {
            List<Version> versions = parse(stored, Header.class).versions();
            if (!versions.isEmpty()) {
                found.add(new SecretMetadata(
                        provider, stored.key().substring(keys.length()), stored.revision(), versions));
            }
        }
        return new Overview(
                found,
                listing.damaged().stream()
                        .map(key -> key.substring(keys.length()))
                        .toList());
    }

    byte[] bytes(SecretRecord record) {
        return JSON.writeValueAsBytes(record);
    }

    byte[] bytes(Map<String, Secret> values) {
        return JSON.writeValueAsBytes(new Values(values));
    }

    private static <T> T parse(Stored stored, Class<T> type) throws StoreException {
        try {
            return JSON.readValue(stored.value(), type);
        } catch (JacksonException e) {
            // The exception is dropped on purpose: its message quotes what it read.
            throw new StoreException(
                    "the entry " + stored.key()
                            + " of the store is no record of a local secret; restore it from a backup",
                    null);
        }
    }

    private static final class SecretWriter extends ValueSerializer<Secret> {
        @Override
        public void serialize(Secret value, JsonGenerator out, SerializationContext context) {
            value.use(bytes -> out.writeBinary(bytes));
        }
    }

    private static final class SecretReader extends ValueDeserializer<Secret> {
        @Override
        public Secret deserialize(JsonParser in, DeserializationContext context) {
            return Secret.owning(in.getBinaryValue());
        }
    }
}
