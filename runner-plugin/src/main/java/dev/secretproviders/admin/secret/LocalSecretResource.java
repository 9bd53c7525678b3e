package dev.secretproviders.admin.secret;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Orders;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Search;
import dev.secretproviders.admin.secret.LocalSecretEdits.Removal;
import dev.secretproviders.admin.secret.LocalSecretEdits.SecretOutcome;
import dev.secretproviders.provider.local.Change;
import dev.secretproviders.provider.local.LocalSecretException;
import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.provider.local.SecretMetadata;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.StoreException;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints for local secrets. They write values and never return stored ones. */
public final class LocalSecretResource implements AdminResource {
    private static final String LOCAL = "local";
    private static final String LIST = "/admin/secrets/{id}";
    private static final String ONE = "/admin/secrets/{id}/{*path}";
    private static final Orders<SecretMetadata> ORDERS = Orders.<SecretMetadata>of()
            .by("path", SecretMetadata::path)
            .by("created_at", secret -> secret.current().createdAt())
            .by("expires_at", secret -> secret.current().expiresAt());
    private static final String DRY_RUN =
            "Whether to check only whether references use what would be destroyed, and change nothing.";
    private static final Reach PROVIDER = new Reach.OneProvider(call -> new ProviderId(LOCAL, id(call)));

    private final LocalSecrets secrets;
    private final LocalSecretEdits edits;
    private final ProvidersInScope providers;

    /** Creates the resource. */
    public LocalSecretResource(LocalSecrets secrets, LocalSecretEdits edits, ProvidersInScope providers) {
        this.secrets = secrets;
        this.edits = edits;
        this.providers = providers;
    }

    @FunctionalInterface
    private interface Asked {
        Answer answer() throws LocalSecretException, StoreException;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                LIST,
                                "listSecrets",
                                "Lists a provider's secrets without their values.",
                                Right.SECRET_READ,
                                PROVIDER,
                                this::list)
                        .with("prefix", "string", "What their paths start with.")
                        .searched("path")
                        .sorted(ORDERS)
                        .paged()
                        .answering(200, "The secrets, without values.", SecretView.PAGE),
                Endpoint.get(
                                ONE,
                                "readSecret",
                                "Shows the versions and field names of a secret, without values.",
                                Right.SECRET_READ,
                                PROVIDER,
                                this::read)
                        .answering(200, "The secret, without values.", SecretView.ONE),
                Endpoint.put(ONE, "putSecret", "Writes a new version.", Right.SECRET_WRITE, PROVIDER, this::put)
                        .taking(SecretBody.PUT)
                        .answering(200, "The secret.", SecretView.ONE)
                        .answering(201, "The new secret.", SecretView.ONE),
                Endpoint.patch(
                                ONE,
                                "patchSecret",
                                "Writes a new version with some fields changed; null removes a field.",
                                Right.SECRET_WRITE,
                                PROVIDER,
                                this::patch)
                        .taking(SecretBody.PATCH)
                        .answering(200, "The secret.", SecretView.ONE),
                Endpoint.post(
                                ONE,
                                "actOnSecret",
                                "Generates a key, rolls back, or destroys a version.",
                                Right.SECRET_WRITE,
                                PROVIDER,
                                this::act)
                        .with("force", "boolean", "Destroys a version in spite of references.")
                        .with("dry_run", "boolean", DRY_RUN)
                        .taking(SecretBody.ACTION)
                        .answering(
                                200,
                                "The secret, with the generated key if the request asked for it. In a dry run, that the"
                                        + " version could be destroyed.",
                                SecretView.ACTED)
                        .answering(409, "References use the version; the answer lists them."),
                Endpoint.delete(
                                ONE,
                                "deleteSecret",
                                "Deletes all versions of a secret.",
                                Right.SECRET_WRITE,
                                PROVIDER,
                                this::delete)
                        .with("force", "boolean", "Deletes in spite of references.")
                        .with("dry_run", "boolean", DRY_RUN)
                        .answering(200, "The secret could be deleted, in a dry run.", SecretView.REMOVABLE)
                        .answering(204, "The secret was deleted.")
                        .answering(409, "References use the secret; the answer lists them."));
    }

    private Answer list(Call call) throws StoreException {
        String id = id(call);
        String prefix = call.text("prefix");
        Search search = call.search();
        ORDERS.check(call);
        return asked(() -> {
            LocalSecrets.Page found = secrets.list(id, prefix == null ? "" : prefix, 1, Integer.MAX_VALUE);
            ObjectNode answer = ORDERS.page(
                    call,
                    found.secrets().stream()
                            .filter(secret -> search.matches(secret.path()))
                            .toList(),
                    LocalSecretResource::keyed);
            if (!found.damaged().isEmpty()) {
                found.damaged().forEach(answer.putArray("damaged")::add);
            }
            return Answer.ok(answer);
        });
    }

    private Answer read(Call call) throws StoreException {
        String id = id(call);
        return asked(() -> {
            SecretMetadata secret = secrets.metadata(id, path(call));
            return Answer.ok(keyed(secret)).revision(secret.revision());
        });
    }

    private Answer put(Call call) throws StoreException {
        return answer(call, edits.put(id(call), path(call), call.requiredBody(), change(call)));
    }

    private Answer patch(Call call) throws StoreException {
        return answer(call, edits.patch(id(call), path(call), call.requiredBody(), change(call)));
    }

    private Answer act(Call call) throws StoreException {
        if (call.flag("dry_run") && !SecretBody.destroys(call.requiredBody())) {
            throw AdminProblemException.badRequest("dry_run: only the action destroy has one");
        }
        return answer(call, edits.act(id(call), path(call), call.requiredBody(), removal(call), change(call)));
    }

    private Answer delete(Call call) throws StoreException {
        return answer(call, edits.delete(id(call), path(call), removal(call), change(call)));
    }

    private Answer answer(Call call, SecretOutcome outcome) {
        return switch (outcome) {
            case SecretOutcome.Written(SecretMetadata secret, boolean created) ->
                Answer.of(created ? 201 : 200, keyed(secret)).revision(secret.revision());
            case SecretOutcome.Revealed(LocalSecrets.Generated key) -> revealed(key);
            case SecretOutcome.Deleted() -> Answer.noContent();
            case SecretOutcome.Removable(var accepted) -> {
                ObjectNode node = Json.object();
                node.put("key", SecretView.key(id(call), path(call)));
                node.put("dry_run", true);
                node.set("broken_references", providers.shown(call, accepted));
                yield Answer.ok(node);
            }
            case SecretOutcome.Referenced(var usages) ->
                throw new AdminProblemException(
                        409,
                        "references use it; change them first, or use ?force=true",
                        Map.of("references", providers.shown(call, usages)));
            case SecretOutcome.Refused(Kind kind, String message) -> throw problem(kind, message);
        };
    }

    private static Answer revealed(LocalSecrets.Generated key) {
        try (key) {
            ObjectNode value = SecretView.value(key.secret());
            Secret generated = key.value();
            value.put("generated", generated.reveal());
            return Answer.ok(Json.keyed(SecretView.key(key.secret()), value))
                    .revision(key.secret().revision());
        }
    }

    private static Answer asked(Asked asked) throws StoreException {
        try {
            return asked.answer();
        } catch (LocalSecretException e) {
            throw problem(e.kind(), String.valueOf(e.getMessage()));
        }
    }

    private static AdminProblemException problem(Kind kind, String message) {
        int status = switch (kind) {
            case INVALID -> 400;
            case NO_PROVIDER, NOT_FOUND -> 404;
            case CHANGED -> 412;
        };
        return new AdminProblemException(status, message);
    }

    private static ObjectNode keyed(SecretMetadata secret) {
        return Json.keyed(SecretView.key(secret), SecretView.value(secret));
    }

    private static String id(Call call) {
        String id = call.variable("id");
        if (!ProviderId.isId(id)) {
            throw AdminProblemException.notFound("a provider's id is 1 to 256 letters, digits, '-', '_' and '.'");
        }
        return id;
    }

    /** Returns the secret's path, without the leading slash of the pattern's rest. */
    private static String path(Call call) {
        return call.variable("path").substring(1);
    }

    private static Removal removal(Call call) {
        return new Removal(force(call), call.flag("dry_run"));
    }

    private static boolean force(Call call) {
        boolean force = call.flag("force");
        if (force && !call.caller().may(Right.FORCE)) {
            throw AdminProblemException.forbidden("force: your token's roles do not include the right force");
        }
        return force;
    }

    private static Change change(Call call) {
        return new Change(call.caller().actor(), call.requestId(), call.expectedRevision(), null);
    }
}
