package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Schema;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the bodies of calls about tokens, once they were checked against their schemas. Callers cannot grant more roles or scope than
 * they have themselves.
 */
final class TokenBody {
    private static final Duration LONGEST_LIFE = Duration.ofDays(3_650);
    private static final int MOST_PATTERNS = 100;
    private static final int MOST_LABELS = 64;
    private static final int LONGEST_LABEL = 256;

    private static final Schema NAME = Schema.text(1, 100);
    private static final String NAMED = "Whose token it is; no other token has the name.";
    private static final Schema ROLES = Schema.list(Schema.choice(Role.class), 1, Role.values().length);
    private static final String ROLE = "What it may do.";

    private static final Schema OPTIONS = Schema.closed()
            .optional(
                    "scope",
                    Schema.closed()
                            .optional(
                                    "providers",
                                    Schema.list(
                                            Schema.text(
                                                    "^[a-z0-9_*-]{1,64}/[a-zA-Z0-9_.*-]{1,256}$",
                                                    "a pattern of manager/id, such as vault/prod-*"),
                                            1,
                                            MOST_PATTERNS),
                                    "Patterns such as vault/prod-*.")
                            .optional(
                                    "labels",
                                    Schema.map(Schema.text(0, LONGEST_LABEL), 1, MOST_LABELS)
                                            .names(Schema.text(0, LONGEST_LABEL)),
                                    "Labels that the provider object must have, all of them.")
                            .orNull(),
                    "The providers that it is limited to; without it, all.")
            .optional("expires_at", Schema.time().orNull(), "When it ends, within ten years; null for never.");

    /** The body that creates a token. */
    static final Schema CREATE = OPTIONS.required("name", NAME, NAMED).required("roles", ROLES, ROLE);

    /** The body that changes a token. */
    static final Schema UPDATE = OPTIONS.optional("name", NAME, NAMED).optional("roles", ROLES, ROLE);

    private final Tokens tokens;
    private final InstantSource clock;

    TokenBody(Tokens tokens, InstantSource clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    /** Reads the terms of a new token. */
    Token.Terms terms(ObjectNode body, Caller caller) {
        Set<Role> roles = roles(body, caller);
        return new Token.Terms(name(body), roles, scope(body, caller), expiry(body, caller));
    }

    /** Reads the changed terms of a token. */
    Token.Terms changed(Token.Terms before, ObjectNode body, Caller caller) {
        return new Token.Terms(
                body.has("name") ? name(body) : before.name(),
                body.has("roles") ? roles(body, caller) : before.roles(),
                body.has("scope") ? scope(body, caller) : before.scope(),
                body.has("expires_at") ? expiry(body, caller) : before.expiresAt());
    }

    private static String name(ObjectNode body) {
        String name = body.path("name").asString();
        if (!name.equals(name.strip())
                || !Normalizer.isNormalized(name, Normalizer.Form.NFKC)
                || name.codePoints().anyMatch(TokenBody::isInvisible)) {
            throw AdminProblemException.badRequest(
                    "name: expected a text without control characters, characters that cannot be seen or stand for others,"
                            + " and blanks around it");
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

    private static Set<Role> roles(ObjectNode body, Caller caller) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        body.path("roles")
                .forEach(role -> roles.add(Role.valueOf(role.asString().toUpperCase(Locale.ROOT))));
        if (roles.stream().anyMatch(role -> !caller.rights().containsAll(role.rights()))) {
            throw AdminProblemException.forbidden("roles: you cannot grant rights that your own token does not have");
        }
        return roles;
    }

    /** Returns the scope that a body asks for, also if it was not checked yet. */
    static Scope scope(ObjectNode body) {
        JsonNode scope = body.path("scope");
        List<String> patterns = scope.path("providers")
                .valueStream()
                .filter(JsonNode::isString)
                .map(JsonNode::stringValue)
                .toList();
        return new Scope(patterns, Scope.labels(scope.path("labels")));
    }

    private static Scope scope(ObjectNode body, Caller caller) {
        Scope scope = scope(body);
        if (!caller.scope().covers(scope)) {
            throw AdminProblemException.forbidden("scope: you cannot grant a scope wider than that of your own token");
        }
        return scope;
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
        String text = Json.text(body, "expires_at");
        if (text == null) {
            return null;
        }
        Instant end = OffsetDateTime.parse(text).toInstant();
        if (end.isAfter(clock.instant()) && end.isBefore(clock.instant().plus(LONGEST_LIFE))) {
            return end;
        }
        throw AdminProblemException.badRequest(
                "expires_at: expected a time in the future and within ten years, such as 2027-01-31T00:00:00Z");
    }
}
