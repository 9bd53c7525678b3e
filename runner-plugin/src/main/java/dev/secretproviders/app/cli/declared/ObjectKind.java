package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.call.AdminConnection.Reply;
import dev.secretproviders.app.cli.call.Condition;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A kind of object that a file can declare: how the Admin API lists, shows and writes it. */
abstract sealed class ObjectKind permits ProviderKind, CertificateKind, TokenKind {
    private static final int PAGE = 500;

    private final String section;
    private final String singular;
    private final AdminConnection connection;

    /** A kind of object at one runner. */
    ObjectKind(String section, String singular, AdminConnection connection) {
        this.section = section;
        this.singular = singular;
        this.connection = connection;
    }

    /**
     * An object that the runner has.
     *
     * @param path its path in the Admin API
     * @param kept why a file cannot change it, or null
     * @param alwaysThere whether it is never deleted because a file does not name it
     */
    record Existing(String path, @Nullable String kept, boolean alwaysThere) {}

    /**
     * An object as the Admin API shows it now.
     *
     * @param fields its fields as in a file, secrets masked
     * @param etag its revision
     */
    record Shown(ObjectNode fields, @Nullable String etag) {}

    /** Returns the name of the section in a file. */
    final String section() {
        return section;
    }

    /** Returns the word for one object. */
    final String singular() {
        return singular;
    }

    final AdminConnection connection() {
        return connection;
    }

    /** Returns what is wrong with a name in a file, or null. */
    abstract @Nullable String problemOfName(String name);

    /** Returns the name of a listed object. */
    abstract String name(JsonNode listed);

    /** Returns where a listed object is and whether it may be changed. */
    abstract Existing existing(String name, JsonNode listed) throws CannotStartException;

    /** Returns the path of a new object. */
    abstract String path(String name);

    /** Returns the fields of an object as in a file, from what the Admin API shows. */
    abstract ObjectNode shown(String name, ObjectNode value) throws CannotStartException;

    /** Returns the fields of a file in the form of {@link #shown}, so that equal objects are equal. */
    abstract ObjectNode normal(ObjectNode fields);

    /** Returns the paths of fields that hold a secret of this object. */
    abstract SecretFields secrets(String name) throws CannotStartException;

    /** Returns the names of the providers that fields need: those that references name. */
    Set<String> referred(ObjectNode fields) {
        Set<String> names = new LinkedHashSet<>();
        collect(fields, names);
        return names;
    }

    private static void collect(JsonNode node, Set<String> names) {
        if (node.isContainer()) {
            node.forEach(inner -> collect(inner, names));
        } else if (node.isString() && SecretReference.isReference(node.stringValue())) {
            try {
                names.add(SecretReference.parse(node.stringValue()).provider().toString());
            } catch (InvalidReferenceException e) {
                // The Admin API says what is wrong with it.
                return;
            }
        }
    }

    /** Tries a change without making it. Returns null if the Admin API has no trial of it. */
    abstract @Nullable Reply trial(Change change) throws CannotStartException;

    /** Makes a change. */
    abstract Reply write(Change change) throws CannotStartException;

    /** Returns the objects of this kind that the runner has, by name. */
    final Map<String, Existing> existing() throws CannotStartException {
        Map<String, Existing> all = new LinkedHashMap<>();
        int seen = 0;
        for (int page = 1; ; page++) {
            JsonNode answer = get("/admin/" + section + "?page_size=" + PAGE + "&page=" + page)
                    .orFail()
                    .body();
            for (JsonNode listed : answer.path("list")) {
                String name = name(listed);
                all.put(name, existing(name, listed));
                seen++;
            }
            if (seen >= answer.path("total").asInt() || answer.path("list").isEmpty()) {
                return all;
            }
        }
    }

    /** Reads one object. */
    final Shown read(String name, Existing existing) throws CannotStartException {
        Reply reply = get(existing.path()).orFail();
        return new Shown(shown(name, (ObjectNode) reply.body().path("value").deepCopy()), reply.etag());
    }

    final Reply get(String path) throws CannotStartException {
        return connection.call("GET", path, null, null);
    }

    /** Makes a call under the condition of a change. */
    final Reply send(String method, String path, @Nullable JsonNode body, Change change) throws CannotStartException {
        String etag = change.etag();
        Condition condition =
                change.verb() == Verb.CREATE ? Condition.absent() : etag == null ? null : Condition.unchanged(etag);
        return connection.call(method, path, body, condition);
    }
}
