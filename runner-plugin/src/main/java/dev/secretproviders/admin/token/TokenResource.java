package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Orders;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.admin.rest.Search;
import dev.secretproviders.admin.token.Tokens.Created;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints that list, create, change and end tokens. */
public final class TokenResource implements AdminResource {
    private static final String KEY = "/tokens/0123456789ab";
    private static final Schema ONE = Schema.keyed(Token.SHOWN.named("Token"), KEY);
    private static final Schema CREATED = Schema.keyed(
            Token.SHOWN
                    .required("token", Schema.text(), "The text that callers present, shown this once.")
                    .named("CreatedToken"),
            KEY);
    private static final Schema SELF = Schema.object()
            .required("id", Schema.text().orNull(), "The token's id; null for a caller on the runner's machine.")
            .required("name", Schema.text(), "The token's name, or command with the user's name.")
            .required("roles", Schema.list(Schema.choice(Role.class)), "Its roles.")
            .required("rights", Schema.list(Schema.choice(Right.class)), "The rights of all of its roles.")
            .required("scope", Token.SCOPE, "The providers that it is limited to; empty for no limit.");

    private final Tokens tokens;
    private final TokenBody bodies;
    private final Orders<Token> orders;

    /** Creates the resource. */
    public TokenResource(Tokens tokens, InstantSource clock) {
        this.tokens = tokens;
        this.bodies = new TokenBody(tokens, clock);
        this.orders = Orders.<Token>of()
                .by("name", Token::name)
                .by("created_at", token -> token.creation().at())
                .by("expires_at", Token::expiresAt)
                .by("last_used_at", token -> tokens.lastUsed(token.id()));
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
                        .searched("name, id or creator")
                        .with("role", Schema.choice(Role.class), "Only those with this role.")
                        .sorted(orders)
                        .paged()
                        .answering(200, "The tokens.", Schema.page(ONE)),
                Endpoint.post(
                                "/admin/tokens",
                                "createToken",
                                "Creates a token and shows its text, this time only.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(
                                        call -> call.caller().scope().covers(TokenBody.scope(call.requiredBody()))),
                                this::create)
                        .taking(TokenBody.CREATE)
                        .answering(201, "The token with its text.", CREATED),
                Endpoint.get(
                                "/admin/tokens/{token}",
                                "readToken",
                                "Reads one token.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(this::inScope),
                                this::read)
                        .answering(200, "The token.", ONE),
                Endpoint.patch(
                                "/admin/tokens/{token}",
                                "updateToken",
                                "Changes a token; its text stays the same.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(this::inScope),
                                this::update)
                        .taking(TokenBody.UPDATE)
                        .answering(200, "The token.", ONE),
                Endpoint.delete(
                                "/admin/tokens/{token}",
                                "deleteToken",
                                "Ends a token at once.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(this::inScope),
                                this::delete)
                        .answering(204, "The token was ended."),
                Endpoint.post(
                                "/admin/tokens/reset",
                                "resetFirstToken",
                                "Ends the first admin token and writes its replacement to the file on the runner's machine.",
                                Right.TOKEN_MANAGE,
                                Reach.unlimited(),
                                this::resetFirst)
                        .answering(
                                200,
                                "The path of the file.",
                                Schema.object()
                                        .required("file", Schema.text(), "The file with the text of the new token.")),
                Endpoint.get(
                                "/admin/whoami",
                                "whoami",
                                "Shows the caller's own token and its rights.",
                                null,
                                Reach.everybody(),
                                this::whoami)
                        .answering(200, "The token's name, roles, rights and scope.", SELF));
    }

    private Answer list(Call call) {
        Search search = call.search();
        Role role = call.oneOf("role", Role.class);
        return Answer.ok(orders.page(
                call,
                tokens.all().stream()
                        .filter(token -> inScope(call.caller(), token)
                                && (role == null || token.roles().contains(role))
                                && search.matches(
                                        token.name(),
                                        token.id(),
                                        token.creation().by()))
                        .toList(),
                this::keyed));
    }

    private Answer read(Call call) {
        Token token = existing(call);
        return Answer.ok(keyed(token)).revision(token.revision());
    }

    private Answer create(Call call) throws StoreException {
        Created created =
                tokens.create(bodies.terms(call.requiredBody(), call.caller()), call.caller(), call.requestId());
        ObjectNode answer = keyed(created.token());
        try (var text = created.text()) {
            ((ObjectNode) answer.path("value")).put("token", text.reveal());
        }
        return Answer.of(201, answer).revision(created.token().revision());
    }

    private Answer update(Call call) throws StoreException {
        Token before = existing(call);
        expect(call, before);
        Token after = before.with(bodies.changed(before.terms(), call.requiredBody(), call.caller()));
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

    /** Returns whether a token has no more rights and no wider scope than the caller. */
    private static boolean inScope(Caller caller, Token token) {
        return caller.scope().covers(token.scope())
                && token.roles().stream().allMatch(role -> caller.rights().containsAll(role.rights()));
    }

    /**
     * Returns the token that the call names. It is checked again, since it may have changed after the router's check.
     */
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
            throw new AdminProblemException(412, "the token was changed meanwhile; read it again");
        }
    }

    private ObjectNode keyed(Token token) {
        ObjectNode shown = token.shown();
        Json.put(shown, "last_used_at", tokens.lastUsed(token.id()));
        return Json.keyed("/tokens/" + token.id(), shown);
    }
}
