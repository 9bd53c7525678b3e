package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Fields;
import dev.secretproviders.admin.rest.Json;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the bodies of calls about tokens. Callers cannot grant more roles or scope than they have themselves. */
final class TokenBody {
    private static final Duration LONGEST_LIFE = Duration.ofDays(3_650);
    private static final int LONGEST_NAME = 100;
    /** A pattern: a manager's name of up to 64 characters, a slash, an id of up to 256. */
    private static final String PATTERN = "[a-z0-9_*-]{1,64}/[a-zA-Z0-9_.*-]{1,256}";

    private static final int MOST_PATTERNS = 100;
    private static final int MOST_LABELS = 64;
    private static final int LONGEST_LABEL = 256;
    static final ObjectNode SCHEMA = Json.parsed("""
            {'type': 'object', 'additionalProperties': false, 'properties': {
              'name': {'type': 'string', 'minLength': 1, 'maxLength': 100,
                'description': 'Whose token it is; no other token has the name.'},
              'roles': {'type': 'array', 'minItems': 1, 'items': {'enum': ['viewer', 'auditor', 'operator', 'admin']}},
              'scope': {'type': 'object', 'additionalProperties': false,
                'description': 'The providers that it is limited to; without it, all.', 'properties': {
                'providers': {'type': 'array', 'minItems': 1, 'maxItems': 100, 'items': {'type': 'string',
                  'pattern': '^[a-z0-9_*-]{1,64}/[a-zA-Z0-9_.*-]{1,256}$'}, 'description': 'Patterns such as vault/prod-*.'},
                'labels': {'type': 'object', 'minProperties': 1, 'maxProperties': 64,
                  'additionalProperties': {'type': 'string', 'maxLength': 256},
                  'description': 'Labels that the provider object must have, all of them.'}}},
              'expires_at': {'type': ['string', 'null'], 'format': 'date-time'}}}""");

    private final Tokens tokens;
    private final InstantSource clock;

    TokenBody(Tokens tokens, InstantSource clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    /** Reads the terms of a new token. */
    Token.Terms terms(ObjectNode body, Caller caller) {
        known(body);
        Set<Role> roles = roles(body.path("roles"), caller);
        return new Token.Terms(name(body.path("name")), roles, scope(body, caller), expiry(body, caller));
    }

    /** Reads the changed terms of a token. */
    Token.Terms changed(Token.Terms before, ObjectNode body, Caller caller) {
        known(body);
        return new Token.Terms(
                body.has("name") ? name(body.path("name")) : before.name(),
                body.has("roles") ? roles(body.path("roles"), caller) : before.roles(),
                body.has("scope") ? scope(body, caller) : before.scope(),
                body.has("expires_at") ? expiry(body, caller) : before.expiresAt());
    }

    private static void known(ObjectNode body) {
        Fields.known(body, "name", "roles", "scope", "expires_at");
    }

    private static String name(JsonNode node) {
        String name = node.asString("");
        if (!node.isString()
                || name.isEmpty()
                || name.length() > LONGEST_NAME
                || !name.equals(name.strip())
                || !Normalizer.isNormalized(name, Normalizer.Form.NFKC)
                || name.codePoints().anyMatch(TokenBody::isInvisible)) {
            throw AdminProblemException.badRequest("name: expected a text of 1 to " + LONGEST_NAME
                    + " characters, without control characters, characters that cannot be seen or stand for others, and blanks"
                    + " around it");
        }
        return name;
    }

    /**
     * Returns whether a character cannot be seen. With such characters, two tokens could have names that look the same.
     */
    private static boolean isInvisible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            case Character.SPACE_SEPARATOR -> character != ' ';
            default -> false;
        };
    }

    private static Set<Role> roles(JsonNode node, Caller caller) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        if (node.isArray()) {
            for (JsonNode item : node) {
                Role role = EnumSet.allOf(Role.class).stream()
                        .filter(candidate -> candidate.text().equals(item.asString("")))
                        .findFirst()
                        .orElseThrow(() -> AdminProblemException.badRequest(
                                "roles: expected some of viewer, auditor, operator, admin"));
                roles.add(role);
            }
        }
        if (roles.isEmpty()) {
            throw AdminProblemException.badRequest("roles: expected some of viewer, auditor, operator, admin");
        }
        if (roles.stream().anyMatch(role -> !caller.rights().containsAll(role.rights()))) {
            throw AdminProblemException.forbidden("roles: you cannot grant rights that your own token does not have");
        }
        return roles;
    }

    /** Returns the scope that a body asks for. */
    static Scope scope(ObjectNode body) {
        JsonNode node = body.path("scope");
        if (node.isMissingNode() || node.isNull()) {
            return Scope.ALL;
        }
        ObjectNode object = Fields.object(node, "scope");
        Fields.known(object, "providers", "labels");
        return new Scope(patterns(object), labels(object));
    }

    private static Scope scope(ObjectNode body, Caller caller) {
        Scope scope = scope(body);
        if (!caller.scope().covers(scope)) {
            throw AdminProblemException.forbidden("scope: you cannot grant a scope wider than that of your own token");
        }
        return scope;
    }

    /** Reads the patterns. An empty list or null is refused and does not mean "no limit". */
    private static List<String> patterns(ObjectNode scope) {
        List<String> patterns = Fields.texts(scope, "scope.", "providers");
        if ((scope.has("providers") && patterns.isEmpty())
                || patterns.size() > MOST_PATTERNS
                || !patterns.stream().allMatch(pattern -> pattern.matches(PATTERN))) {
            throw AdminProblemException.badRequest("scope.providers: expected 1 to " + MOST_PATTERNS
                    + " patterns of manager/id, such as vault/prod-*; leave scope out for all providers");
        }
        return patterns;
    }

    private static Map<String, String> labels(ObjectNode scope) {
        Map<String, String> labels = Fields.textMap(scope, "scope.", "labels");
        if ((scope.has("labels") && labels.isEmpty())
                || labels.size() > MOST_LABELS
                || labels.entrySet().stream()
                        .anyMatch(label -> label.getKey().length() > LONGEST_LABEL
                                || label.getValue().length() > LONGEST_LABEL)) {
            throw AdminProblemException.badRequest("scope.labels: expected 1 to " + MOST_LABELS + " labels of at most "
                    + LONGEST_LABEL + " characters; leave scope out for all providers");
        }
        return labels;
    }

    /** Reads the expiry. A token that expires can neither create a token that outlives it nor extend its own life. */
    private @Nullable Instant expiry(ObjectNode body, Caller caller) {
        String id = caller.actor().tokenId();
        Token own = id == null ? null : tokens.get(id);
        if (id != null && own == null) {
            throw AdminProblemException.forbidden("your own token has just ended");
        }
        Instant latest = own == null ? null : own.expiresAt();
        Instant end = expiry(body);
        if (latest != null && (end == null || end.isAfter(latest))) {
            throw AdminProblemException.forbidden("expires_at: your own token ends at " + latest
                    + ", so none that you create or change may end later");
        }
        return end;
    }

    private @Nullable Instant expiry(ObjectNode body) {
        JsonNode node = body.path("expires_at");
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        try {
            Instant end = Instant.parse(node.asString(""));
            if (end.isAfter(clock.instant()) && end.isBefore(clock.instant().plus(LONGEST_LIFE))) {
                return end;
            }
        } catch (DateTimeParseException ignored) {
            // Reported below.
        }
        throw AdminProblemException.badRequest(
                "expires_at: expected a time in the future, such as 2027-01-31T00:00:00Z");
    }
}
