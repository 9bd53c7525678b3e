package dev.secretproviders.admin.secret;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.provider.local.Change;
import dev.secretproviders.provider.local.LocalSecretException;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.provider.local.LocalSecrets.Generated;
import dev.secretproviders.provider.local.SecretMetadata;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes local secrets, and refuses to remove what references use. Changes and refusals are audited.
 *
 * <p>Thread-safe. Calls block for I/O.
 */
public final class LocalSecretEdits {
    private static final String MANAGER = "local";

    private final LocalSecrets secrets;
    private final Usages usages;
    private final AuditLog audit;

    /** Provides the usages of secrets. */
    @FunctionalInterface
    public interface Usages {
        /** Returns what refers to a provider. */
        List<Usage> of(ProviderId provider);

        /** Returns the earlier versions of a secret that are still accepted after a rotation. */
        default List<String> stillAccepted(ProviderId provider, String path) {
            return List.of();
        }
    }

    /** The outcome of an edit. */
    sealed interface SecretOutcome {
        /**
         * The secret was written.
         *
         * @param created whether the secret is new
         */
        record Written(SecretMetadata secret, boolean created) implements SecretOutcome {}

        /**
         * A key was generated and written.
         *
         * @param key the key, to be shown only this once; the receiver closes it
         */
        record Revealed(Generated key) implements SecretOutcome {}

        /** The secret was deleted. */
        record Deleted() implements SecretOutcome {}

        /**
         * A dry run found that the secret or version could be removed.
         *
         * @param accepted the references that would no longer work, which the caller accepts
         */
        record Removable(List<Usage> accepted) implements SecretOutcome {}

        /** References use the secret or version, so nothing was removed. */
        record Referenced(List<Usage> usages) implements SecretOutcome {}

        /** The edit was refused. */
        record Refused(LocalSecretException.Kind kind, String message) implements SecretOutcome {}
    }

    /**
     * How to remove something.
     *
     * @param force whether to remove in spite of references
     * @param dryRun whether to change nothing
     */
    record Removal(boolean force, boolean dryRun) {}

    @FunctionalInterface
    private interface Attempt {
        SecretOutcome run() throws LocalSecretException, StoreException;
    }

    /** Creates the edits of these secrets. */
    public LocalSecretEdits(LocalSecrets secrets, Usages usages, AuditLog audit) {
        this.secrets = secrets;
        this.usages = usages;
        this.audit = audit;
    }

    /** Writes a version with exactly the fields of the body. */
    SecretOutcome put(String id, String path, ObjectNode body, Change change) throws StoreException {
        return attempt(EventCode.SECRET_UPDATE, id, path, change, () -> {
            try (SecretBody read = SecretBody.readPut(body)) {
                boolean created = !secrets.exists(id, path);
                return new SecretOutcome.Written(secrets.put(id, path, read.values(), read.expiry(), change), created);
            }
        });
    }

    /** Writes a version with the fields of the body changed. */
    SecretOutcome patch(String id, String path, ObjectNode body, Change change) throws StoreException {
        return attempt(EventCode.SECRET_UPDATE, id, path, change, () -> {
            try (SecretBody read = SecretBody.readPatch(body)) {
                return new SecretOutcome.Written(
                        secrets.patch(id, path, read.values(), read.removed(), read.expiry(), change), false);
            }
        });
    }

    /** Performs the body's {@code action}; {@code how} concerns what destroys. */
    SecretOutcome act(String id, String path, ObjectNode body, Removal how, Change change) throws StoreException {
        return attempt(EventCode.SECRET_UPDATE, id, path, change, () -> switch (SecretBody.readAction(body)) {
            case SecretBody.Action.Generate generate -> generate(id, path, generate, change);
            case SecretBody.Action.Rollback(int version, var expiry) ->
                new SecretOutcome.Written(secrets.rollback(id, path, version, expiry, change), false);
            case SecretBody.Action.Destroy(int version) -> destroy(id, path, version, how, change);
        });
    }

    /** Deletes all versions. */
    SecretOutcome delete(String id, String path, Removal how, Change change) throws StoreException {
        return attempt(EventCode.SECRET_DELETE, id, path, change, () -> {
            // First, so that a deleted secret gives 404 and not a list of the references to it.
            var _ = secrets.metadata(id, path);
            List<Usage> referring = referring(id, path, any -> true);
            SecretOutcome checked = checked(id, path, how, change, referring);
            if (checked != null) {
                return checked;
            }
            secrets.delete(id, path, change.noting(inSpiteOf(referring)));
            return new SecretOutcome.Deleted();
        });
    }

    private SecretOutcome generate(String id, String path, SecretBody.Action.Generate wanted, Change change)
            throws LocalSecretException, StoreException {
        Generated generated = secrets.generate(id, path, wanted.field(), wanted.shape(), wanted.expiry(), change);
        if (wanted.reveal()) {
            return new SecretOutcome.Revealed(generated);
        }
        try (generated) {
            return new SecretOutcome.Written(generated.secret(), false);
        }
    }

    private SecretOutcome destroy(String id, String path, int version, Removal how, Change change)
            throws LocalSecretException, StoreException {
        SecretMetadata before = secrets.metadata(id, path);
        if (how.dryRun() && before.versions().stream().noneMatch(kept -> kept.version() == version)) {
            throw new LocalSecretException(
                    LocalSecretException.Kind.NOT_FOUND, "'" + path + "' has no version " + version + " (any more)");
        }
        String number = Integer.toString(version);
        boolean followed = version == before.current().version()
                || usages.stillAccepted(new ProviderId(MANAGER, id), path).contains(number);
        List<Usage> referring = referring(id, path, pinned -> pinned == null ? followed : pinned.equals(number));
        SecretOutcome checked = checked(id, path, how, change, referring);
        if (checked != null) {
            return checked;
        }
        return new SecretOutcome.Written(
                secrets.destroy(id, path, version, change.noting(inSpiteOf(referring))), false);
    }

    /**
     * Returns what refers to a secret.
     *
     * @param version whether a reference counts, by the version that it pins, or null if it follows the current version
     */
    private List<Usage> referring(String id, String path, Predicate<@Nullable String> version) {
        return usages.of(new ProviderId(MANAGER, id)).stream()
                .filter(usage -> {
                    SecretReference reference = usage.reference();
                    return reference != null && isFieldOf(path, reference.path()) && version.test(reference.version());
                })
                .toList();
    }

    private static boolean isFieldOf(String secret, String path) {
        int field = path.lastIndexOf('/');
        // The path of an injection may hold {consumer}.
        return field > 0 && WrittenReference.mayMean(path.substring(0, field), secret);
    }

    private static @Nullable String inSpiteOf(List<Usage> referring) {
        return referring.isEmpty() ? null : "in spite of " + referring.size() + " references";
    }

    /**
     * Returns the outcome if nothing is to be removed; null if it is. A dry run is not audited, because it changes
     * nothing.
     */
    private @Nullable SecretOutcome checked(String id, String path, Removal how, Change change, List<Usage> referring)
            throws StoreException {
        if (!referring.isEmpty() && !how.force()) {
            if (!how.dryRun()) {
                refused(EventCode.SECRET_DELETE, id, path, change, "references to it: " + referring.size());
            }
            return new SecretOutcome.Referenced(referring);
        }
        return how.dryRun() ? new SecretOutcome.Removable(referring) : null;
    }

    private SecretOutcome attempt(EventCode code, String id, String path, Change change, Attempt attempt)
            throws StoreException {
        try {
            return attempt.run();
        } catch (LocalSecretException e) {
            String message = String.valueOf(e.getMessage());
            switch (e.kind()) {
                case CHANGED -> refused(code, id, path, change, message);
                case INVALID, NO_PROVIDER, NOT_FOUND -> {
                    // Nothing existing was about to change, and the path may be invalid.
                }
            }
            return new SecretOutcome.Refused(e.kind(), message);
        }
    }

    private void refused(EventCode code, String id, String path, Change change, String why) throws StoreException {
        audit.record(AuditEvent.failed(code, change.actor(), LocalSecrets.auditName(id, path), why)
                .in(change.requestId()));
    }
}
