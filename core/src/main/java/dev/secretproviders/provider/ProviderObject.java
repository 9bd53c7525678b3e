package dev.secretproviders.provider;

import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.Stored;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A provider object as users write it and the store keeps it: its fields, including secrets, and its times. {@code
 * toString} prints only its identity; {@link #masked} returns what may be shown.
 *
 * <p>Thread-safe as long as the nodes it was made of are not modified; it returns copies.
 */
public final class ProviderObject {
    /** Replaces a secret in answers. If a client sends it back, the secret stays unchanged. */
    public static final String MASK = "***";

    /** Prefix of the keys of provider objects in the store. */
    public static final String PREFIX = "provider/";

    private static final JsonMapper JSON = SecretJson.mapper().build();
    private static final TypeReference<Map<String, Object>> TREE = new TypeReference<>() {};

    private final ProviderId id;
    private final ObjectNode fields;
    private final Instant createdAt;
    private final Instant updatedAt;
    private final long revision;
    private final boolean limited;

    /**
     * Creates an object.
     *
     * @param fields its fields
     * @param revision the store's revision that wrote it; 0 if it is not stored yet
     */
    public ProviderObject(ProviderId id, ObjectNode fields, Instant createdAt, Instant updatedAt, long revision) {
        this(id, fields, createdAt, updatedAt, revision, true);
    }

    /**
     * Creates an object.
     *
     * @param limited whether it was checked against the limits of providers when it was written; false for objects
     *     written before limits existed
     */
    public ProviderObject(
            ProviderId id, ObjectNode fields, Instant createdAt, Instant updatedAt, long revision, boolean limited) {
        this.limited = limited;
        this.id = id;
        this.fields = fields.deepCopy();
        this.createdAt = createdAt;
        this.updatedAt = updatedAt;
        this.revision = revision;
    }

    /**
     * Reads an object of the store.
     *
     * @throws IllegalArgumentException if the entry is not a provider object; the message names the key
     */
    public static ProviderObject read(Stored stored) {
        try {
            String[] parts = stored.key().split("/", -1);
            JsonNode node = JSON.readTree(stored.value());
            if (parts.length == 3 && node.path("fields") instanceof ObjectNode fields) {
                return new ProviderObject(
                        new ProviderId(parts[1], parts[2]),
                        fields,
                        Instant.parse(node.path("created_at").asString()),
                        Instant.parse(node.path("updated_at").asString()),
                        stored.revision(),
                        node.path("limited").asBoolean(false));
            }
        } catch (JacksonException | DateTimeParseException ignored) {
            // The message below is enough; the exceptions quote their input.
        }
        throw new IllegalArgumentException(stored.key() + " in the store is not a provider object");
    }

    /** Returns the key under which the store keeps a provider object. */
    public static String key(ProviderId id) {
        return PREFIX + id;
    }

    /** Returns the bytes to store. They hold secrets. */
    public byte[] stored() {
        ObjectNode node = JSON.createObjectNode();
        node.put("created_at", createdAt.toString());
        node.put("updated_at", updatedAt.toString());
        if (limited) {
            node.put("limited", true);
        }
        node.set("fields", fields);
        return JSON.writeValueAsBytes(node);
    }

    /** Returns the identity. */
    public ProviderId id() {
        return id;
    }

    /** Returns a copy of its fields, secrets in clear. */
    public ObjectNode fields() {
        return fields.deepCopy();
    }

    /** Returns its description, or null if it has none. */
    public @Nullable String description() {
        JsonNode description = fields.path("desc");
        return description.isString() ? description.stringValue() : null;
    }

    /** Returns a copy of its labels as they are written; a missing node if it has none. */
    public JsonNode labels() {
        return fields.path("labels").deepCopy();
    }

    /** Returns its fields as maps, lists and values, secrets in clear. */
    public Map<String, Object> tree() {
        return JSON.convertValue(fields, TREE);
    }

    /** Returns when it was created. */
    public Instant createdAt() {
        return createdAt;
    }

    /** Returns when it was last written. */
    public Instant updatedAt() {
        return updatedAt;
    }

    /** Returns the revision of the store that wrote it; 0 if it is not stored. */
    public long revision() {
        return revision;
    }

    /** Returns whether it was checked against the limits of providers when it was written. */
    public boolean limited() {
        return limited;
    }

    /**
     * Returns whether it reaches the same manager, in the same way and with the same credentials, as another object.
     */
    public boolean connectsAs(ObjectNode others) {
        return connection(fields).equals(connection(others));
    }

    private static ObjectNode connection(ObjectNode fields) {
        ObjectNode connection = fields.deepCopy();
        CommonFields.ALL.forEach(field -> connection.remove(field.name()));
        return connection;
    }

    /** Returns this object as written by a revision of the store. */
    public ProviderObject at(long writtenBy) {
        return new ProviderObject(id, fields, createdAt, updatedAt, writtenBy, limited);
    }

    /**
     * Returns its fields with each secret masked. Unknown fields are masked as a whole; references stay, since they are
     * not secrets.
     */
    public ObjectNode masked(Descriptor descriptor) {
        ObjectNode copy = fields.deepCopy();
        MaskedFields.mask(copy, CommonFields.all(descriptor));
        return copy;
    }

    /** Returns this object with the field names of the schema, in case it was stored with other spellings. */
    public ProviderObject canonical(Descriptor descriptor) {
        return new ProviderObject(
                id, FieldNames.canonical(fields, descriptor), createdAt, updatedAt, revision, limited);
    }

    /** Returns the well-formed references among its fields, by the path of the field. */
    public Map<String, SecretReference> references() {
        return references(fields);
    }

    /** Returns the paths of fields that hold {@link #MASK} itself in place of a value. */
    public List<String> masks() {
        return MaskedFields.masks(fields);
    }

    static Map<String, SecretReference> references(ObjectNode fields) {
        Map<String, SecretReference> found = new LinkedHashMap<>();
        FieldTexts.forEach(fields, (path, text) -> {
            if (SecretReference.isReference(text)) {
                try {
                    found.put(path, SecretReference.parse(text));
                } catch (InvalidReferenceException ignored) {
                    // A malformed reference is reported by the reader of the credential.
                }
            }
        });
        return found;
    }

    /** Prints only the identity. */
    @Override
    public String toString() {
        return "ProviderObject[" + id + "@" + revision + "]";
    }
}
