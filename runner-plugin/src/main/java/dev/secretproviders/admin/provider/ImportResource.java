package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.provider.ProviderEdits.Edit;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.ConsumerSourceException;
import dev.secretproviders.consumer.SecretObject;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.control.StoredObject;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes over the gateway's own secret objects ({@code apisix/secrets/*}) as provider objects of the same identity, so that
 * references go on to mean the same. Fields are those of APISIX's schemas ({@code apisix/secret/vault.lua}, {@code aws.lua}).
 */
public final class ImportResource implements AdminResource {
    private static final Map<String, Set<String>> TAKEN = Map.of(
            "vault", Set.of("uri", "prefix", "token", "namespace"),
            "aws", Set.of("access_key_id", "secret_access_key", "session_token", "region", "endpoint_url"));

    /** What APISIX adds itself, and what has no meaning here. */
    private static final Set<String> LEFT = Set.of("id", "create_time", "update_time", "desc", "labels");

    private static final Schema DIFFERENCE = Schema.object()
            .required("field", Schema.text(), "The field.")
            .required("here", Schema.any(), "Its value here, a secret masked; null if it is absent.")
            .required("gateway", Schema.any(), "Its value in the gateway's object.");
    private static final Schema IMPORTED = Schema.object()
            .required("total", Schema.whole(0), "How many objects the gateway has.")
            .required(
                    "list",
                    Schema.list(Schema.object()
                            .required("key", Schema.text(), "The gateway's object, such as /secrets/vault/prod.")
                            .required(
                                    "result",
                                    Schema.choice(
                                            "imported", "would_be_imported", "updated", "would_be_updated", "skipped"),
                                    "What became of it.")
                            .optional("reason", Schema.text(), "Why it was skipped.")
                            .optional(
                                    "ignored_fields",
                                    Schema.list(Schema.text()),
                                    "Fields of the gateway's object that have no meaning here.")
                            .optional("drifted", Schema.flag(), "Whether the provider that is there differs.")
                            .optional("differences", Schema.list(DIFFERENCE), "Where it differs.")
                            .named("ImportedObject")),
                    "The objects.")
            .required("dry_run", Schema.flag(), "Whether nothing was changed.");

    private final ConsumerSource source;
    private final ProviderObjects objects;
    private final ProvidersInScope providers;
    private final ProviderEdits edits;
    private final AuditLog audit;

    public ImportResource(
            ConsumerSource source,
            ProviderObjects objects,
            ProvidersInScope providers,
            ProviderEdits edits,
            AuditLog audit) {
        this.source = source;
        this.objects = objects;
        this.providers = providers;
        this.edits = edits;
        this.audit = audit;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.post(
                        "/admin/import",
                        "importSecretObjects",
                        "Takes over the gateway's own secret objects (apisix/secrets) as provider objects.",
                        Right.IMPORT,
                        Reach.unlimited(),
                        this::take)
                .with("dry_run", "boolean", "Whether to answer what would happen, and change nothing.")
                .with(
                        "update",
                        "boolean",
                        "Whether to overwrite existing providers that differ from the gateway's object.")
                .answering(200, "What became of each object, and where one that is there differs.", IMPORTED)
                .answering(502, "The gateway's configuration cannot be read now."));
    }

    private Answer take(Call call) throws StoreException, InterruptedException {
        boolean dryRun = call.flag("dry_run");
        List<SecretObject> found;
        try {
            found = source.secretObjects();
        } catch (ConsumerSourceException e) {
            throw new AdminProblemException(502, String.valueOf(e.getMessage()));
        }
        ArrayNode results = Json.array();
        int imported = 0;
        for (SecretObject object : found) {
            ObjectNode result = results.addObject();
            result.put("key", "/secrets/" + object.manager() + "/" + object.id());
            imported += take(object, call, dryRun, result) ? 1 : 0;
        }
        if (!dryRun) {
            audit.record(
                    AuditEvent.done(EventCode.PROVIDER_IMPORT, call.caller().actor(), "apisix/secrets")
                            .in(call.requestId())
                            .withMessage(imported + " of " + found.size() + " objects were imported or updated"));
        }
        ObjectNode answer = Json.list(found.size(), List.of());
        answer.set("list", results);
        answer.put("dry_run", dryRun);
        return Answer.ok(answer);
    }

    private boolean take(SecretObject object, Call call, boolean dryRun, ObjectNode result)
            throws StoreException, InterruptedException {
        Set<String> taken = TAKEN.get(object.manager());
        if (taken == null) {
            return skipped(result, "the manager " + object.manager() + " is not supported");
        }
        ProviderId id;
        try {
            id = new ProviderId(object.manager(), object.id());
        } catch (IllegalArgumentException e) {
            return skipped(result, String.valueOf(e.getMessage()));
        }
        if (objects.isConfigured(id)) {
            return skipped(result, "the configuration file has a provider of this name");
        }
        ObjectNode fields = Json.object();
        ArrayNode ignored = Json.array();
        object.object().forEachEntry((name, value) -> {
            if (taken.contains(name)) {
                fields.set(name, value);
            } else if (object.manager().equals("vault") && name.equals("ssl_verify")) {
                fields.putObject("tls").set("verify", value);
            } else if (!LEFT.contains(name)) {
                ignored.add(name);
            }
        });
        if (!ignored.isEmpty()) {
            result.set("ignored_fields", ignored);
        }
        for (String name : fields.propertyNames()) {
            if (fields.path(name).asString("").equals(ProviderObject.MASK)) {
                // In an edit it would stand for the secret that is stored.
                return skipped(result, name + ": is masked in the gateway's object, too; write the secret there");
            }
        }
        String lent = lent(id, fields);
        if (lent != null) {
            return skipped(result, lent);
        }
        StoredObject before = objects.kept(id);
        if (before.refused() != null) {
            return skipped(result, before.refused() + "; write the provider by PUT, or DELETE it and import again");
        }
        if (before.object() != null) {
            return compareExisting(before.object(), fields, taken, call, result);
        }
        if (object.manager().equals("vault")) {
            // The only engine that APISIX knows (apisix/secret/vault.lua).
            fields.put("kv_version", "kv-v1");
        }
        Edit edit = new Edit(new EditRights(call, providers), 0L, false, dryRun);
        return done(edits.put(id, fields, edit), dryRun ? "would_be_imported" : "imported", result);
    }

    /**
     * Returns why the references in the gateway's object are not followed, or null. Its writer chose where they go, and would
     * otherwise use the rights of the caller, even by a dry run.
     */
    private @Nullable String lent(ProviderId id, ObjectNode fields) {
        Instant now = Instant.now();
        for (Map.Entry<String, SecretReference> entry :
                new ProviderObject(id, fields, now, now, 0).references().entrySet()) {
            SecretReference reference = entry.getValue();
            boolean ofTheGateway = reference.provider().equals(ProviderId.ENVIRONMENT);
            if (!ofTheGateway || objects.registry().allowedReferences().refuses(reference)) {
                return entry.getKey() + ": refers to " + reference
                        + ", which an import does not follow, because the gateway's object also says where it goes;"
                        + " write the provider by PUT"
                        + (ofTheGateway ? ", or add the reference to providers.references.allow" : "");
            }
        }
        return null;
    }

    /** Compares the gateway's object with the provider that is there, and takes over what differs if the caller wants that. */
    private boolean compareExisting(
            ProviderObject before, ObjectNode fields, Set<String> taken, Call call, ObjectNode result)
            throws StoreException, InterruptedException {
        ArrayNode differences = differences(before, fields, taken);
        result.put("drifted", !differences.isEmpty());
        if (differences.isEmpty()) {
            return skipped(result, "there is a provider of this name already, and it is the same");
        }
        result.set("differences", differences);
        if (!call.flag("update")) {
            return skipped(
                    result,
                    "there is a provider of this name already, and it differs; repeat with ?update=true to take over"
                            + " the gateway's");
        }
        // All of the gateway's fields, since a secret must be written again when its address changes.
        ObjectNode patch = fields.deepCopy();
        taken.stream().filter(name -> !fields.has(name)).forEach(patch::putNull);
        boolean dryRun = call.flag("dry_run");
        Edit edit = new Edit(new EditRights(call, providers), before.revision(), false, dryRun);
        return done(edits.patch(before.id(), patch, edit), dryRun ? "would_be_updated" : "updated", result);
    }

    /** Returns the fields that an import takes and that differ, secrets masked on both sides. */
    private ArrayNode differences(ProviderObject before, ObjectNode fields, Set<String> taken) {
        Descriptor descriptor = objects.registry().descriptor(before.id().manager());
        ObjectNode here = before.fields();
        ObjectNode shownHere = before.masked(descriptor);
        ObjectNode shownThere =
                new ProviderObject(before.id(), fields, before.createdAt(), before.updatedAt(), 0).masked(descriptor);
        ArrayNode differences = Json.array();
        for (String name : new TreeSet<>(taken)) {
            if (!here.path(name).equals(fields.path(name))) {
                difference(differences, name, shownHere.path(name), shownThere.path(name));
            }
        }
        JsonNode verify = fields.path("tls").path("verify");
        JsonNode verifyHere = here.path("tls").path("verify");
        if (!verify.isMissingNode() && verify.asBoolean(true) != verifyHere.asBoolean(true)) {
            difference(differences, "tls.verify", verifyHere, verify);
        }
        return differences;
    }

    private static void difference(ArrayNode differences, String field, JsonNode here, JsonNode gateway) {
        ObjectNode node = differences.addObject().put("field", field);
        node.set("here", here.isMissingNode() ? null : here);
        node.set("gateway", gateway.isMissingNode() ? null : gateway);
    }

    private static boolean done(EditOutcome outcome, String word, ObjectNode result) {
        return switch (outcome) {
            case EditOutcome.Written _ -> {
                result.put("result", word);
                yield true;
            }
            case EditOutcome.Forbidden(var why) -> skipped(result, why);
            case EditOutcome.Invalid(var problems) -> skipped(result, String.join("; ", problems));
            case EditOutcome.Refused(var why) -> skipped(result, why);
            case EditOutcome.BreaksReferences _ -> skipped(result, "references that work now would not work any more");
            case EditOutcome.Conflict _,
                    EditOutcome.Configured _,
                    EditOutcome.Absent _,
                    EditOutcome.Deleted _,
                    EditOutcome.Referenced _ -> skipped(result, "it was written meanwhile; try again");
        };
    }

    private static boolean skipped(ObjectNode result, String why) {
        result.put("result", "skipped");
        result.put("reason", why);
        return false;
    }
}
