package dev.secretproviders.app.cli.declared;

import dev.secretproviders.admin.AdminRequest;
import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.call.AdminConnection.Reply;
import dev.secretproviders.app.control.CannotStartException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Tokens of the Admin API, by their names. Their texts are in no file. */
final class TokenKind extends ObjectKind {
    private static final List<String> FIELDS = List.of("roles", "scope", "expires_at");
    private static final List<String> REMOVABLE = List.of("scope", "expires_at");

    private static final SecretFields SHOWN =
            new SecretFields(Set.of(), Set.of("roles", "expires_at"), Set.of("scope"));

    private @Nullable String own;

    TokenKind(AdminConnection connection) {
        super("tokens", "token", connection);
    }

    @Override
    @Nullable
    String problemOfName(String name) {
        return name.isEmpty() ? "expected the name of a token" : null;
    }

    @Override
    String name(JsonNode listed) {
        return listed.path("value").path("name").asString();
    }

    @Override
    Existing existing(String name, JsonNode listed) throws CannotStartException {
        JsonNode value = listed.path("value");
        String id = value.path("id").asString();
        boolean first = value.path("first").asBoolean(false);
        // Otherwise a file that leaves it out could lock all callers out.
        return new Existing(AdminRequest.path("/admin/tokens", id), null, first || id.equals(own()));
    }

    /** Returns the id of the token that makes the calls; empty for a caller on the runner's machine. */
    private String own() throws CannotStartException {
        if (own == null) {
            own = get("/admin/whoami").orFail().body().path("id").asString("");
        }
        return own;
    }

    @Override
    String path(String name) {
        return "/admin/tokens";
    }

    @Override
    ObjectNode shown(String name, ObjectNode value) {
        return normal(value.retain(FIELDS));
    }

    @Override
    ObjectNode normal(ObjectNode fields) {
        ObjectNode normal = fields.deepCopy();
        if (normal.path("roles") instanceof ArrayNode roles) {
            List<String> sorted = roles.valueStream()
                    .map(role -> role.asString("").toLowerCase(Locale.ROOT))
                    .sorted()
                    .toList();
            ArrayNode list = normal.putArray("roles");
            sorted.forEach(list::add);
        }
        if (normal.path("scope") instanceof ObjectNode scope) {
            List.copyOf(scope.propertyNames()).stream()
                    .filter(name -> scope.path(name).isEmpty())
                    .forEach(scope::remove);
        }
        REMOVABLE.stream()
                .filter(name -> normal.path(name).isNull()
                        || (normal.path(name).isObject() && normal.path(name).isEmpty()))
                .forEach(normal::remove);
        if (normal.path("expires_at").isString()) {
            try {
                normal.put(
                        "expires_at",
                        OffsetDateTime.parse(normal.path("expires_at").stringValue())
                                .toInstant()
                                .toString());
            } catch (DateTimeException e) {
                // The Admin API says what is wrong with it.
                return normal;
            }
        }
        return normal;
    }

    @Override
    SecretFields secrets(String name) {
        return SHOWN;
    }

    @Override
    @Nullable
    Reply trial(Change change) {
        return null;
    }

    @Override
    Reply write(Change change) throws CannotStartException {
        ObjectNode body = change.fields().deepCopy();
        return switch (change.verb()) {
            case CREATE -> connection().call("POST", change.path(), body.put("name", change.name()), null);
            case UPDATE -> {
                REMOVABLE.stream().filter(name -> !body.has(name)).forEach(body::putNull);
                yield send("PATCH", change.path(), body, change);
            }
            case DELETE -> send("DELETE", change.path(), null, change);
        };
    }
}
