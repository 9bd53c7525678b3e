package dev.secretproviders.admin;

import dev.secretproviders.admin.Tokens.Created;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Tokens and roles. */
final class TokenResource implements AdminResource {
    private static final Duration LONGEST_LIFE = Duration.ofDays(3_650);
    private static final int LONGEST_NAME = 100;
    /** Of a pattern: a manager's name of 64 characters, a slash, an id of 256. */
    private static final String PATTERN = "[a-z0-9_*-]{1,64}/[a-zA-Z0-9_.*-]{1,256}";

    private static final int MOST_PATTERNS = 100;
    private static final int MOST_LABELS = 64;
    private static final int LONGEST_LABEL = 256;
    private static final ObjectNode SCHEMA = Json.parsed("""
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

    TokenResource(Tokens tokens, InstantSource clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/tokens",
                                "listTokens",
                                "Lists tokens, without their texts.",
                                Right.TOKEN_MANAGE,
                                Reach.filtered(),
                                this::list)
                        .paged(),
                Endpoint.of(
                                "POST",
                                "/admin/tokens",
                                "createToken",
                                "Makes a token and shows its text this once.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(call -> call.caller().scope().covers(scope(call.requiredBody()))),
                                this::create)
                        .taking(SCHEMA)
                        .answering(201, "The token with its text."),
                Endpoint.get(
                        "/admin/tokens/{token}",
                        "readToken",
                        "Reads one token.",
                        Right.TOKEN_MANAGE,
                        new Reach.Owned(this::inScope),
                        this::read),
                Endpoint.of(
                                "PATCH",
                                "/admin/tokens/{token}",
                                "updateToken",
                                "Changes a token; its text stays.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(this::inScope),
                                this::update)
                        .taking(SCHEMA)
                        .answering(200, "The token."),
                Endpoint.of(
                                "DELETE",
                                "/admin/tokens/{token}",
                                "deleteToken",
                                "Ends a token at once.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(this::inScope),
                                this::delete)
                        .answering(204, "It is gone."),
                Endpoint.of(
                                "POST",
                                "/admin/tokens/reset",
                                "resetFirstToken",
                                "Ends the first admin token, and writes another into its file beside the runner.",
                                Right.TOKEN_MANAGE,
                                Reach.unlimited(),
                                this::resetFirst)
                        .answering(200, "Where the file is."),
                Endpoint.of(
                                "GET",
                                "/admin/whoami",
                                "whoami",
                                "Says who calls and what they may do.",
                                null,
                                Reach.everybody(),
                                this::whoami)
                        .answering(200, "The token's name, roles, rights and scope."));
    }

    private Answer list(Call call) {
        return Answer.ok(call.page(tokens.all().stream()
                .filter(token -> inScope(call.caller(), token))
                .map(this::keyed)
                .toList()));
    }

    private Answer read(Call call) {
        Token token = existing(call);
        return Answer.ok(keyed(token)).revision(token.revision());
    }

    private Answer create(Call call) throws StoreException {
        ObjectNode body = call.requiredBody();
        known(body);
        Set<Role> roles = roles(body.path("roles"), call.caller());
        Created created = tokens.create(
                name(body.path("name")),
                roles,
                scope(body, call.caller()),
                expiry(body, call.caller()),
                call.caller(),
                call.requestId());
        ObjectNode answer = keyed(created.token());
        try (var text = created.text()) {
            ((ObjectNode) answer.path("value")).put("token", text.reveal());
        }
        return Answer.of(201, answer).revision(created.token().revision());
    }

    private Answer update(Call call) throws StoreException {
        Token before = existing(call);
        expect(call, before);
        ObjectNode body = call.requiredBody();
        known(body);
        Token after = new Token(
                before.id(),
                body.has("name") ? name(body.path("name")) : before.name(),
                body.has("roles") ? roles(body.path("roles"), call.caller()) : before.roles(),
                body.has("scope") ? scope(body, call.caller()) : before.scope(),
                before.createdAt(),
                body.has("expires_at") ? expiry(body, call.caller()) : before.expiresAt(),
                before.createdBy(),
                before.first(),
                before.hash(),
                before.revision());
        Token written = tokens.update(before, after, call.caller(), call.requestId());
        return Answer.ok(keyed(written)).revision(written.revision());
    }

    private Answer resetFirst(Call call) throws StoreException {
        if (!call.caller().scope().everything()) {
            throw AdminProblemException.forbidden("this needs a token that is not limited to some providers");
        }
        try {
            Path file = tokens.resetFirst(call.caller(), call.requestId());
            return Answer.ok(Json.object().put("file", file.toString()));
        } catch (IOException e) {
            throw new AdminProblemException(
                    500, "the token's file cannot be written: " + e.getClass().getSimpleName() + " " + e.getMessage());
        }
    }

    private Answer delete(Call call) throws StoreException {
        String id = call.variable("token");
        if (tokens.get(id) == null && tokens.deleteRefused(id, call.caller(), call.requestId())) {
            return Answer.noContent();
        }
        Token token = existing(call);
        expect(call, token);
        tokens.delete(token, call.caller(), call.requestId());
        return Answer.noContent();
    }

    private Answer whoami(Call call) {
        Caller caller = call.caller();
        ObjectNode node = Json.object();
        node.put("id", caller.actor().tokenId());
        node.put("name", caller.actor().name());
        ArrayNode roles = node.putArray("roles");
        caller.roles().stream().sorted().forEach(role -> roles.add(role.text()));
        ArrayNode rights = node.putArray("rights");
        new TreeSet<>(caller.rights()).forEach(right -> rights.add(right.name().toLowerCase(Locale.ROOT)));
        ObjectNode scope = node.putObject("scope");
        caller.scope().providers().forEach(scope.putArray("providers")::add);
        caller.scope().labels().forEach(scope.putObject("labels")::put);
        return Answer.ok(node);
    }

    private boolean inScope(Call call) {
        Token token = tokens.get(call.variable("token"));
        return token != null && inScope(call.caller(), token);
    }

    /** Returns whether a token may do no more than the caller, and reaches no more. */
    private static boolean inScope(Caller caller, Token token) {
        return caller.scope().covers(token.scope())
                && token.roles().stream().allMatch(role -> caller.rights().containsAll(role.rights()));
    }

    /** What the router looked at may have been changed since: what counts is the state that the caller goes on from. */
    private Token existing(Call call) {
        Token token = tokens.get(call.variable("token"));
        if (token == null) {
            throw AdminProblemException.notFound("there is no such token");
        }
        if (!inScope(call.caller(), token)) {
            throw AdminProblemException.forbidden(Reach.NOT_WITHIN);
        }
        return token;
    }

    private static void expect(Call call, Token token) {
        Long expected = call.expectedRevision();
        if (expected != null && expected != token.revision()) {
            throw new AdminProblemException(412, "the token was changed by somebody else; read it again");
        }
    }

    private ObjectNode keyed(Token token) {
        ObjectNode shown = token.shown();
        Json.put(shown, "last_used_at", tokens.lastUsed(token.id()));
        return Json.keyed("/tokens/" + token.id(), shown);
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
                || name.codePoints().anyMatch(TokenResource::isUnseen)) {
            throw AdminProblemException.badRequest("name: expected a text of 1 to " + LONGEST_NAME
                    + " characters, without control characters, characters that cannot be seen or stand for others, and blanks"
                    + " around it");
        }
        return name;
    }

    /** Two names that look the same would be the names of two tokens. */
    private static boolean isUnseen(int character) {
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
            throw AdminProblemException.forbidden("roles: nobody can give away more than they may do themselves");
        }
        return roles;
    }

    private static Scope scope(ObjectNode body) {
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
            throw AdminProblemException.forbidden("scope: nobody can give away more than they may reach themselves");
        }
        return scope;
    }

    /** An empty list, or null, does not count as "no limit". */
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

    /** A token that ends cannot make one that lives on, nor live on itself. */
    private @Nullable Instant expiry(ObjectNode body, Caller caller) {
        String id = caller.actor().tokenId();
        Token own = id == null ? null : tokens.get(id);
        if (id != null && own == null) {
            throw AdminProblemException.forbidden("your own token has just ended");
        }
        Instant latest = own == null ? null : own.expiresAt();
        Instant end = expiry(body);
        if (latest != null && (end == null || end.isAfter(latest))) {
            throw AdminProblemException.forbidden(
                    "expires_at: your own token ends at " + latest + ", so that none of yours may end later");
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
            // Said below.
        }
        throw AdminProblemException.badRequest("expires_at: expected a time to come, such as 2027-01-31T00:00:00Z");
    }
}
