package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Reach;
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

/** Tokens and roles. */
public final class TokenResource implements AdminResource {
    private final Tokens tokens;
    private final TokenBody bodies;

    public TokenResource(Tokens tokens, InstantSource clock) {
        this.tokens = tokens;
        this.bodies = new TokenBody(tokens, clock);
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
                Endpoint.post(
                                "/admin/tokens",
                                "createToken",
                                "Makes a token and shows its text this once.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(
                                        call -> call.caller().scope().covers(TokenBody.scope(call.requiredBody()))),
                                this::create)
                        .taking(TokenBody.SCHEMA)
                        .answering(201, "The token with its text."),
                Endpoint.get(
                        "/admin/tokens/{token}",
                        "readToken",
                        "Reads one token.",
                        Right.TOKEN_MANAGE,
                        new Reach.Owned(this::inScope),
                        this::read),
                Endpoint.patch(
                                "/admin/tokens/{token}",
                                "updateToken",
                                "Changes a token; its text stays.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(this::inScope),
                                this::update)
                        .taking(TokenBody.SCHEMA)
                        .answering(200, "The token."),
                Endpoint.delete(
                                "/admin/tokens/{token}",
                                "deleteToken",
                                "Ends a token at once.",
                                Right.TOKEN_MANAGE,
                                new Reach.Owned(this::inScope),
                                this::delete)
                        .answering(204, "It is gone."),
                Endpoint.post(
                                "/admin/tokens/reset",
                                "resetFirstToken",
                                "Ends the first admin token, and writes another into its file beside the runner.",
                                Right.TOKEN_MANAGE,
                                Reach.unlimited(),
                                this::resetFirst)
                        .answering(200, "Where the file is."),
                Endpoint.get(
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
}
