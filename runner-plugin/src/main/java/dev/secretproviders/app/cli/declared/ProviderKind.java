package dev.secretproviders.app.cli.declared;

import dev.secretproviders.admin.AdminRequest;
import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.call.AdminConnection.Reply;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.spi.ProviderId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** Provider objects, with their access rules. Their name is {@code manager/id}. */
final class ProviderKind extends ObjectKind {
    private static final String LIST = "/admin/providers";

    /** The schemas of managers; a missing node for one that the runner does not know. */
    private final Map<String, JsonNode> schemas = new HashMap<>();

    ProviderKind(AdminConnection connection) {
        super("providers", "provider", connection);
    }

    @Override
    @Nullable
    String problemOfName(String name) {
        try {
            var _ = id(name);
            return null;
        } catch (IllegalArgumentException e) {
            return "expected manager/id, such as vault/prod";
        }
    }

    private static ProviderId id(String name) {
        List<String> parts = List.of(name.split("/", -1));
        if (parts.size() != 2) {
            throw new IllegalArgumentException("no manager/id");
        }
        return new ProviderId(parts.getFirst(), parts.getLast());
    }

    @Override
    String name(JsonNode listed) {
        return listed.path("key").asString().substring("/providers/".length());
    }

    @Override
    Existing existing(String name, JsonNode listed) {
        boolean configured = listed.path("value").path("origin").asString("").equals("file");
        return new Existing(
                path(name),
                configured ? "is defined in the runner's configuration file; change it there" : null,
                configured);
    }

    @Override
    String path(String name) {
        ProviderId id = id(name);
        return AdminRequest.path(LIST, id.manager(), id.id());
    }

    @Override
    ObjectNode shown(String name, ObjectNode value) throws CannotStartException {
        // A manager may have a field of such a name itself. The schema says what the answer added.
        schema(name).path("properties").forEachEntry((field, schema) -> {
            if (schema.path("readOnly").asBoolean(false)) {
                value.remove(field);
            }
        });
        return value;
    }

    @Override
    ObjectNode normal(ObjectNode fields) {
        return fields;
    }

    @Override
    SecretFields secrets(String name) throws CannotStartException {
        JsonNode schema = schema(name);
        return schema.isMissingNode() ? SecretFields.UNKNOWN : SecretFields.of(schema);
    }

    private JsonNode schema(String name) throws CannotStartException {
        String manager = id(name).manager();
        JsonNode known = schemas.get(manager);
        if (known == null) {
            Reply reply = get(AdminRequest.path("/admin/schemas", manager));
            known = reply.status() == 404
                    ? MissingNode.getInstance()
                    : reply.orFail().body();
            schemas.put(manager, known);
        }
        return known;
    }

    @Override
    Reply trial(Change change) throws CannotStartException {
        return call(change, "?dry_run=true");
    }

    @Override
    Reply write(Change change) throws CannotStartException {
        return call(change, "");
    }

    private Reply call(Change change, String query) throws CannotStartException {
        return change.verb() == Verb.DELETE
                ? send("DELETE", change.path() + query, null, change)
                : send("PUT", change.path() + query, change.fields(), change);
    }
}
