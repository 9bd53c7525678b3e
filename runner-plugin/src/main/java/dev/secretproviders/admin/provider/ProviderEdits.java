package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.reference.ReferenceStates;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.control.IdentityRefusedException;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.control.ProviderObjects.Draft;
import dev.secretproviders.control.StoredObject;
import dev.secretproviders.provider.EditedObject;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Visit;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Creates, replaces and deletes provider objects, and refuses what would break a reference. A provider that references
 * use is not deleted. An edit is tried while the current object stays in force, before it is written. Changes and
 * refusals are audited.
 *
 * <p>Thread-safe. Calls block for I/O.
 */
public final class ProviderEdits {
    /**
     * How many of the provider's own timeouts an edit waits for its trial, so that a slow manager gets a second try.
     */
    private static final int PATIENCE_IN_TIMEOUTS = 2;

    private final ProviderObjects objects;
    private final Resolver resolver;
    private final ReferenceStates references;
    private final AuditLog audit;

    /**
     * The options of an edit.
     *
     * @param rights what the caller may write
     * @param expectedRevision the revision that the object must have, 0 for none yet; null for any
     * @param force whether broken references are accepted
     * @param dryRun whether to change nothing
     */
    record Edit(EditRights rights, @Nullable Long expectedRevision, boolean force, boolean dryRun) {
        Actor actor() {
            return rights.call().caller().actor();
        }

        String requestId() {
            return rights.call().requestId();
        }
    }

    /** Creates the edits of these objects. */
    public ProviderEdits(ProviderObjects objects, Resolver resolver, ReferenceStates references, AuditLog audit) {
        this.objects = objects;
        this.resolver = resolver;
        this.references = references;
        this.audit = audit;
    }

    /**
     * Creates or replaces an object, including one whose record in the store is refused.
     *
     * @param fields the whole object; a masked secret stands for the stored one
     */
    EditOutcome put(ProviderId id, ObjectNode fields, Edit edit) throws StoreException, InterruptedException {
        return replace(id, objects.kept(id), fields, edit);
    }

    /** Changes fields of an object: null removes a field, objects are merged, any other value replaces (RFC 7386). */
    EditOutcome patch(ProviderId id, ObjectNode patch, Edit edit) throws StoreException, InterruptedException {
        StoredObject kept = objects.kept(id);
        ProviderObject before = kept.object();
        if (objects.isConfigured(id)) {
            return replace(id, kept, patch, edit);
        }
        EventCode code = edit.dryRun() ? EventCode.PROVIDER_DRY_RUN : EventCode.PROVIDER_UPDATE;
        if (kept.refused() != null) {
            return refused(code, id, edit, kept.refused(), new EditOutcome.Refused(kept.refused()));
        }
        if (before == null) {
            return new EditOutcome.Absent();
        }
        try {
            objects.checkNames(id, patch);
        } catch (InvalidSettingsException e) {
            return refused(code, id, edit, "it is not valid", new EditOutcome.Invalid(e.problems()));
        }
        // Masked, so that a kept secret differs from one that was written again.
        ObjectNode fields = before.masked(objects.registry().descriptor(id.manager()));
        merge(fields, patch);
        return replace(id, kept, fields, edit);
    }

    private static void merge(ObjectNode target, ObjectNode patch) {
        patch.forEachEntry((name, value) -> {
            if (value.isNull()) {
                target.remove(name);
            } else if (value instanceof ObjectNode object) {
                ObjectNode inner = target.path(name) instanceof ObjectNode known ? known : target.putObject(name);
                merge(inner, object);
            } else {
                target.set(name, value);
            }
        });
    }

    private EditOutcome replace(ProviderId id, StoredObject before, ObjectNode fields, Edit edit)
            throws StoreException, InterruptedException {
        EventCode code = edit.dryRun()
                ? EventCode.PROVIDER_DRY_RUN
                : before.isAbsent() ? EventCode.PROVIDER_CREATE : EventCode.PROVIDER_UPDATE;
        String outOfScope = edit.rights().outOfScope(id, before, fields);
        if (outOfScope != null) {
            return refused(code, id, edit, outOfScope, new EditOutcome.Forbidden(outOfScope));
        }
        if (objects.isConfigured(id)) {
            return refused(code, id, edit, "it is defined in the configuration file", new EditOutcome.Configured());
        }
        if (isOutdated(before, edit)) {
            return refused(code, id, edit, "it was changed meanwhile", new EditOutcome.Conflict());
        }
        try {
            EditedObject edited = objects.edited(id, before.object(), fields);
            String refusal = edit.rights().refusal(edited);
            return refusal == null
                    ? tried(code, before, edited, edit)
                    : refused(code, id, edit, refusal, new EditOutcome.Forbidden(refusal));
        } catch (InvalidSettingsException e) {
            return refused(code, id, edit, "it is not valid", new EditOutcome.Invalid(e.problems()));
        } catch (IdentityRefusedException e) {
            String refusal = String.valueOf(e.getMessage());
            return refused(code, id, edit, refusal, new EditOutcome.Forbidden(refusal));
        }
    }

    /** Tries an edit that the caller may make, and writes it if the trial succeeds. */
    private EditOutcome tried(EventCode code, StoredObject kept, EditedObject edited, Edit edit)
            throws StoreException, InterruptedException {
        ProviderId id = edited.object().id();
        ProviderObject before = kept.object();
        try (Draft draft =
                objects.draft(edited, credentialReferences(id), edit.rights().identity())) {
            List<EditOutcome.Broken> broken = broken(id, draft);
            if (!broken.isEmpty() && !edit.force()) {
                return refused(
                        code,
                        id,
                        edit,
                        broken.size() + " references would break",
                        new EditOutcome.BreaksReferences(broken));
            }
            boolean forced = !broken.isEmpty() && !edit.dryRun();
            Descriptor descriptor = objects.registry().descriptor(id.manager());
            AuditEvent event = AuditEvent.done(
                            forced ? EventCode.PROVIDER_UPDATE_FORCED : code, edit.actor(), object(id))
                    .in(edit.requestId())
                    .changing(
                            before == null ? null : before.masked(descriptor),
                            draft.object().masked(descriptor))
                    .withMessage(
                            said(kept, broken.isEmpty() ? null : "in spite of broken references: " + names(broken)));
            if (edit.dryRun()) {
                audit.record(event);
                // Otherwise a provider without references would not be contacted at all.
                return new EditOutcome.Written(
                        draft.object(),
                        kept.isAbsent(),
                        broken,
                        kept.refused(),
                        ProviderTester.connection(objects.registry(), draft.registered()));
            }
            ProviderObject written = draft.commit(kept.revision(), event);
            return written == null
                    ? refused(code, id, edit, "it was changed meanwhile", new EditOutcome.Conflict())
                    : new EditOutcome.Written(written, kept.isAbsent(), broken, kept.refused(), null);
        }
    }

    /** Returns the message of the change's audit record. */
    private static @Nullable String said(StoredObject before, @Nullable String more) {
        String refused = before.refused() == null ? null : "the record before was refused: " + before.refused();
        return refused == null ? more : more == null ? refused : refused + "; " + more;
    }

    /** Deletes an object, including one whose record in the store is refused. */
    EditOutcome delete(ProviderId id, Edit edit) throws StoreException {
        EventCode code = EventCode.PROVIDER_DELETE;
        if (objects.isConfigured(id)) {
            return refused(code, id, edit, "it is defined in the configuration file", new EditOutcome.Configured());
        }
        StoredObject kept = objects.kept(id);
        if (kept.isAbsent()) {
            return new EditOutcome.Absent();
        }
        ProviderObject before = kept.object();
        // Checked again, since another runner may have changed its labels a moment ago.
        String outOfScope = edit.rights().outOfScope(id, kept, before == null ? Json.object() : before.fields());
        if (outOfScope != null) {
            return refused(code, id, edit, outOfScope, new EditOutcome.Forbidden(outOfScope));
        }
        if (isOutdated(kept, edit)) {
            return refused(code, id, edit, "it was changed meanwhile", new EditOutcome.Conflict());
        }
        List<Usage> usages = references.usagesOf(id);
        if (!usages.isEmpty() && !edit.force()) {
            return refused(code, id, edit, "references to it: " + usages.size(), new EditOutcome.Referenced(usages));
        }
        if (edit.dryRun()) {
            return new EditOutcome.Deleted(usages);
        }
        AuditEvent event = AuditEvent.done(
                        usages.isEmpty() ? code : EventCode.PROVIDER_DELETE_FORCED, edit.actor(), object(id))
                .in(edit.requestId())
                .changing(
                        before == null ? null : before.masked(objects.registry().descriptor(id.manager())), null)
                .withMessage(said(kept, usages.isEmpty() ? null : "in spite of " + usages.size() + " references"));
        return objects.delete(id, kept.revision(), event)
                ? new EditOutcome.Deleted(usages)
                : refused(code, id, edit, "it was changed meanwhile", new EditOutcome.Conflict());
    }

    private List<EditOutcome.Broken> broken(ProviderId id, Draft draft) throws InterruptedException {
        Duration timeout = draft.registered().policy().timeout();
        boolean _ = draft.trial().await(timeout.multipliedBy(PATIENCE_IN_TIMEOUTS));
        List<EditOutcome.Broken> broken = new ArrayList<>();
        for (Resolution tried : draft.trial().resolutions()) {
            SecretReference reference = tried.reference();
            if (!tried.state().usable()
                    && Visit.lookUp(resolver, reference, timeout).state().usable()) {
                String reason = tried.problem() == null ? "no answer in time" : Objects.requireNonNull(tried.problem());
                references.usagesOf(id).stream()
                        .filter(usage -> reference.equals(usage.reference()))
                        .forEach(usage -> broken.add(new EditOutcome.Broken(usage, reason)));
            }
        }
        references
                .deniedBy(id, draft.registered().policy().access())
                .forEach(usage ->
                        broken.add(new EditOutcome.Broken(usage, "the access rules would no longer allow it")));
        references
                .notInjectableBy(id, draft.registered().policy().inject())
                .forEach(usage ->
                        broken.add(new EditOutcome.Broken(usage, "the field inject would no longer allow it")));
        return broken;
    }

    /** Returns the references of other providers' credentials. References of consumers are tried anyway. */
    private Set<SecretReference> credentialReferences(ProviderId id) {
        return references.usagesOf(id).stream()
                .filter(usage -> usage.type() == ResourceType.PROVIDER)
                .map(usage -> Objects.requireNonNull(usage.reference()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static boolean isOutdated(StoredObject before, Edit edit) {
        Long expected = edit.expectedRevision();
        return expected != null && expected != before.revision();
    }

    /**
     * Audits and returns a refusal. A dry run of a deletion is not audited: it changes nothing and contacts no manager.
     */
    private EditOutcome refused(EventCode code, ProviderId id, Edit edit, String why, EditOutcome outcome)
            throws StoreException {
        if (!edit.dryRun() || code == EventCode.PROVIDER_DRY_RUN) {
            audit.record(AuditEvent.failed(code, edit.actor(), object(id), why).in(edit.requestId()));
        }
        return outcome;
    }

    private static String object(ProviderId id) {
        return ProviderObject.key(id);
    }

    private static String names(List<EditOutcome.Broken> broken) {
        return broken.stream()
                .limit(20)
                .map(one -> one.usage().type().name().toLowerCase(Locale.ROOT) + " "
                        + one.usage().id())
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
