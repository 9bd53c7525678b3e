package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.provider.ProviderEdits.Edit;
import dev.secretproviders.admin.reference.ReferenceResource;
import dev.secretproviders.admin.reference.ReferenceStates;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.control.StoredObject;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.StoreException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** Provider objects of every manager. */
public final class ProviderResource implements AdminResource {
    static final String ONE = "/admin/providers/{manager}/{id}";

    private final ProviderObjects objects;
    private final ProvidersInScope providers;
    private final ProviderEdits edits;
    private final ReferenceStates references;
    private final ProviderView view;
    private final ProviderList list;

    public ProviderResource(
            ProviderObjects objects,
            ProvidersInScope providers,
            ProviderEdits edits,
            ReferenceStates references,
            Resolver resolver) {
        this.objects = objects;
        this.providers = providers;
        this.edits = edits;
        this.references = references;
        this.view = new ProviderView(objects, resolver);
        this.list = new ProviderList(view, objects, providers, references, resolver);
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                list.endpoint(),
                Endpoint.get(
                                ONE,
                                "readProvider",
                                "Reads one provider object, secrets masked.",
                                Right.PROVIDER_READ,
                                Reach.providerOfPath(),
                                this::read)
                        .answering(200, "The provider object.", ProviderAnswers.ONE)
                        .answering(409, "Its record in the store is not what a runner wrote last."),
                editing(Endpoint.put(
                                ONE,
                                "putProvider",
                                "Creates or replaces a provider object, once it was tried.",
                                Right.PROVIDER_WRITE,
                                Reach.providerOfPath(),
                                this::put)
                        .taking(Schema.provider())
                        .answering(200, "It was replaced, or would have been, in a dry run.", ProviderAnswers.WRITTEN)
                        .answering(201, "It was created.", ProviderAnswers.WRITTEN)
                        .answering(409, "References that work now would not work any more; they are listed.")),
                editing(Endpoint.patch(
                                ONE,
                                "patchProvider",
                                "Changes fields of a provider object (RFC 7386).",
                                Right.PROVIDER_WRITE,
                                Reach.providerOfPath(),
                                this::patch)
                        .taking(ProviderBodies.PATCH)
                        .answering(200, "It was changed, or would have been, in a dry run.", ProviderAnswers.WRITTEN)
                        .answering(
                                409,
                                "References that work now would not work any more; they are listed. Or its record in the"
                                        + " store is not what a runner wrote last.")),
                editing(Endpoint.delete(
                                ONE,
                                "deleteProvider",
                                "Deletes a provider object that nothing refers to.",
                                Right.PROVIDER_DELETE,
                                Reach.providerOfPath(),
                                this::delete)
                        .answering(200, "It would have been deleted, in a dry run.", ProviderAnswers.DELETABLE)
                        .answering(204, "It was deleted.")
                        .answering(409, "It is referred to; the references are listed.")),
                Endpoint.get(
                                ONE + "/status",
                                "providerStatus",
                                "Shows health and statistics of a provider.",
                                Right.PROVIDER_READ,
                                Reach.providerOfPath(),
                                this::status)
                        .answering(200, "Health and statistics.", ProviderAnswers.STATUS),
                Endpoint.get(
                                ONE + "/usage",
                                "providerUsage",
                                "Lists what refers to a provider.",
                                Right.REFERENCE_READ,
                                Reach.providerOfPath(),
                                this::usage)
                        .paged()
                        .answering(200, "The references to it.", ProviderAnswers.USAGES));
    }

    private static Endpoint editing(Endpoint endpoint) {
        return endpoint.with(
                        "dry_run",
                        "boolean",
                        "Whether to try it, connect and log in, and answer what came of it without changing anything.")
                .with("force", "boolean", "Whether to accept broken references; needs the role admin.")
                .answering(412, "It was changed meanwhile.");
    }

    private Answer read(Call call) throws StoreException {
        ProviderId id = visible(call);
        StoredObject kept = objects.isConfigured(id) ? null : objects.kept(id);
        if (kept != null && kept.object() == null) {
            throw kept.refused() == null ? ProvidersInScope.absent(id) : EditOutcome.notUsed(kept.refused());
        }
        ProviderObject object = kept == null ? null : kept.object();
        Answer answer = Answer.ok(ProviderView.keyed(id, view.shown(id, object)));
        return object == null ? answer : answer.revision(object.revision());
    }

    private Answer put(Call call) throws StoreException, InterruptedException {
        ProviderId id = call.provider();
        Edit edit = edit(call);
        return written(call, id, edit, edits.put(id, view.fields(id, call.requiredBody()), edit));
    }

    private Answer patch(Call call) throws StoreException, InterruptedException {
        ProviderId id = visible(call);
        Edit edit = edit(call);
        return written(call, id, edit, edits.patch(id, view.fields(id, call.requiredBody()), edit));
    }

    private Answer written(Call call, ProviderId id, Edit edit, EditOutcome outcome) {
        return switch (outcome) {
            case EditOutcome.Written(var object, var created, var accepted, var refused, var connection) -> {
                ObjectNode keyed = ProviderView.keyed(id, view.shown(id, object));
                if (!accepted.isEmpty()) {
                    keyed.set("broken_references", broken(call, accepted));
                }
                if (!edit.dryRun()) {
                    view.warnings(id, keyed);
                }
                if (refused != null) {
                    keyed.withArray("warnings").add("it takes the place of a record that was refused: " + refused);
                }
                if (edit.dryRun()) {
                    keyed.put("dry_run", true);
                    keyed.set("connection", connection);
                    yield Answer.ok(keyed);
                }
                yield Answer.of(created ? 201 : 200, keyed).revision(object.revision());
            }
            case EditOutcome.BreaksReferences(var broken) ->
                throw new AdminProblemException(
                        409,
                        "references that work now would not work any more (" + broken.size()
                                + "); the provider stays as it is. Mend it, or repeat with ?force=true",
                        Map.of("references", broken(call, broken)));
            case EditOutcome other -> throw other.refusal(id);
        };
    }

    private Answer delete(Call call) throws StoreException {
        ProviderId id = visible(call);
        Edit edit = edit(call);
        return switch (edits.delete(id, edit)) {
            case EditOutcome.Deleted(var accepted)
            when edit.dryRun() -> {
                ObjectNode node = Json.object();
                node.put("key", "/providers/" + id);
                node.put("dry_run", true);
                node.set("broken_references", providers.shown(call, accepted));
                yield Answer.ok(node);
            }
            case EditOutcome.Deleted _ -> Answer.noContent();
            case EditOutcome.Referenced(var usages) ->
                throw new AdminProblemException(
                        409,
                        "the provider is still referred to (" + usages.size()
                                + "); remove the references first, or repeat with ?force=true",
                        Map.of("references", providers.shown(call, usages)));
            case EditOutcome other -> throw other.refusal(id);
        };
    }

    private Answer status(Call call) {
        ProviderId id = visible(call);
        if (objects.registry().get(id) == null && !objects.problems().containsKey(id)) {
            throw ProvidersInScope.absent(id);
        }
        return Answer.ok(view.status(id));
    }

    private Answer usage(Call call) {
        ProviderId id = visible(call);
        List<Usage> all = references.usagesOf(id);
        return Answer.ok(Json.list(
                all.size(),
                references.states(call.slice(all)).stream()
                        .map(item -> ReferenceResource.shown(references, item, providers.shown(call, item.usage())))
                        .toList()));
    }

    private Edit edit(Call call) {
        boolean force = call.flag("force");
        if (force && !call.caller().may(Right.FORCE)) {
            throw AdminProblemException.forbidden("force: needs the role admin");
        }
        return new Edit(new EditRights(call, providers), call.expectedRevision(), force, call.flag("dry_run"));
    }

    private ProviderId visible(Call call) {
        ProviderId id = call.provider();
        providers.requireScope(call, id);
        return id;
    }

    private ArrayNode broken(Call call, Collection<EditOutcome.Broken> broken) {
        ArrayNode list = Json.array();
        broken.forEach(
                one -> list.add(providers.shown(call, one.usage()).set("reason", StringNode.valueOf(one.reason()))));
        return list;
    }
}
