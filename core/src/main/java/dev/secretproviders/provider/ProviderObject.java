package dev.secretproviders.provider;

import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.CommonFields;
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
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A provider object as users write it and the store keeps it: its fields, secrets among them, and when it was written. It
 * prints its identity only; {@link #masked} is what may be shown.
 *
 * <p>Thread-safe as long as nobody changes the nodes it was made of; it hands out copies.
 */
public final class ProviderObject {
    /** What stands for a secret in answers; sent back, it means that the secret stays as it is. */
    public static final String MASK = "***";

    /** Below this prefix the store keeps provider objects. */
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
     * As above.
     *
     * @param limited whether it was checked against the limits of providers when it was written; false for what was written before
     *     there were any
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
     * @throws IllegalArgumentException if it is none; the message names the key
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
            // Said below. The exceptions quote what they read.
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

    /** Returns its fields as maps, lists and values, secrets in clear. */
    public Map<String, Object> tree() {
        return JSON.convertValue(fields, TREE);
    }

    /** Returns when it was created. */
    public Instant createdAt() {
        return createdAt;
    }

    /** Returns when it was written last. */
    public Instant updatedAt() {
        return updatedAt;
    }

    /** Returns the store's revision that wrote it; 0 if it is not stored. */
    public long revision() {
        return revision;
    }

    /** Returns whether it was checked against the limits of providers when it was written. */
    public boolean limited() {
        return limited;
    }

    /** Returns whether it differs from another object only in fields that say nothing of the manager, how it is asked, and as whom. */
    public boolean connectsAs(ObjectNode others) {
        return connection(fields).equals(connection(others));
    }

    private static ObjectNode connection(ObjectNode fields) {
        ObjectNode connection = fields.deepCopy();
        CommonFields.ALL.forEach(field -> connection.remove(field.name()));
        return connection;
    }

    /** Returns this object as written by that revision. */
    public ProviderObject at(long writtenBy) {
        return new ProviderObject(id, fields, createdAt, updatedAt, writtenBy, limited);
    }

    /** Returns its fields with each secret masked, unknown fields with everything in them; references stay, since they are none. */
    public ObjectNode masked(Descriptor descriptor) {
        ObjectNode copy = fields.deepCopy();
        MaskedFields.mask(copy, descriptor.all());
        return copy;
    }

    /** Returns this object with the names of the schema, should it have been stored with other spellings of them. */
    public ProviderObject canonical(Descriptor descriptor) {
        return new ProviderObject(
                id, FieldNames.canonical(fields, descriptor), createdAt, updatedAt, revision, limited);
    }

    /** Returns the references among its fields, well-formed ones, by the path of the field. */
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
                    // It stands for nothing; where a credential is expected, its reader says so.
                }
            }
        });
        return found;
    }

    /** Names the object only. */
    @Override
    public String toString() {
        return "ProviderObject[" + id + "@" + revision + "]";
    }
}
