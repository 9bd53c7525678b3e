package dev.secretproviders.admin.operation;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.operation.Operations.RefusedException;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints for the runner as a whole: status, master key, backup, compaction, reload. */
public final class OperationsResource implements AdminResource {
    private static final Schema STATUS = Schema.object()
            .required("version", Schema.text(), "The version of the runner.")
            .required(
                    "fips",
                    Schema.object()
                            .required("module", Schema.text(), "The name of the cryptographic module.")
                            .required("version", Schema.text(), "Its version.")
                            .required("approved_only", Schema.flag(), "Whether it allows approved algorithms only.")
                            .required("status", Schema.text(), "What its self-tests say."),
                    "The cryptographic module.")
            .required(
                    "store",
                    Schema.object()
                            .required("engine", Schema.text(), "embedded or etcd.")
                            .required("place", Schema.text(), "The file or the endpoints.")
                            .required("problem", Schema.text().orNull(), "Why it cannot be used now; null if it can."),
                    "The store.")
            .required(
                    "keyring",
                    Schema.object()
                            .required("place", Schema.text(), "Where the master keys come from.")
                            .required("current", Schema.text(), "The public name of the key that seals.")
                            .required("keys", Schema.list(Schema.text()), "The public names of all keys."),
                    "The master keys.")
            .required(
                    "audit",
                    Schema.object()
                            .required("dropped", Schema.whole(0), "Records that could not be written since the start."),
                    "The audit log.");

    private final Operations operations;

    /** Creates the resource. */
    public OperationsResource(Operations operations) {
        this.operations = operations;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/status",
                                "status",
                                "Shows the status of version, store, keyring and cryptographic module.",
                                Right.PROVIDER_READ,
                                Reach.unlimited(),
                                _ -> status())
                        .answering(200, "The status.", STATUS),
                Endpoint.post(
                                "/admin/rekey",
                                "rekey",
                                "Reseals everything in the store under a new master key.",
                                Right.OPERATE,
                                Reach.unlimited(),
                                unlessRefused(this::rekey))
                        .answering(
                                200,
                                "The public name of the new key.",
                                Schema.object()
                                        .required("key", Schema.text(), "The public name of the key.")
                                        .required("entries", Schema.whole(0), "How many entries were resealed."))
                        .answering(409, "The keyring cannot be changed from here."),
                Endpoint.post(
                                "/admin/backup",
                                "backup",
                                "Makes a backup of the store. It cannot be used without the master key.",
                                Right.OPERATE,
                                Reach.unlimited(),
                                unlessRefused(this::backup))
                        .answering(200, "The backup, for the command restore.")
                        .streaming("application/octet-stream")
                        .answering(409, "The store is backed up by other means."),
                Endpoint.post(
                                "/admin/compact",
                                "compact",
                                "Returns the space of overwritten records to the file system.",
                                Right.OPERATE,
                                Reach.unlimited(),
                                unlessRefused(this::compact))
                        .answering(
                                200,
                                "The store's size before and after.",
                                Schema.object()
                                        .required(
                                                "bytes_before", Schema.whole(0).unit("bytes"), "The size before.")
                                        .required("bytes_after", Schema.whole(0).unit("bytes"), "The size after."))
                        .answering(409, "The store is compacted by other means."),
                Endpoint.post(
                                "/admin/reload",
                                "reload",
                                "Reads the configuration again and applies what can change without a restart.",
                                Right.OPERATE,
                                Reach.unlimited(),
                                unlessRefused(this::reload))
                        .answering(
                                200,
                                "What changed and is in force now, and the fields that need a restart.",
                                Schema.object()
                                        .required(
                                                "applied",
                                                Schema.list(Schema.text()),
                                                "What changed and is in force now.")
                                        .required(
                                                "need_restart",
                                                Schema.list(Schema.text()),
                                                "Fields that changed and take effect after a restart."))
                        .answering(409, "The configuration is invalid; nothing was changed."));
    }

    private Answer status() {
        Operations.Status status = operations.status();
        ObjectNode node = Json.object().put("version", status.version());
        node.putObject("fips")
                .put("module", status.fips().name())
                .put("version", status.fips().version())
                .put("approved_only", status.fips().approvedOnly())
                .put("status", status.fips().status());
        node.putObject("store")
                .put("engine", status.store().engine())
                .put("place", status.store().place())
                .put("problem", status.store().problem());
        ObjectNode keyring = node.putObject("keyring")
                .put("place", status.keyring().place())
                .put("current", status.keyring().current());
        status.keyring().keys().forEach(keyring.putArray("keys")::add);
        node.putObject("audit").put("dropped", status.dropped());
        return Answer.ok(node);
    }

    /** Answers a call that may be refused. */
    @FunctionalInterface
    private interface Refusable {
        Answer answer(Call call) throws StoreException, RefusedException, InterruptedException;
    }

    private static Endpoint.Handler unlessRefused(Refusable operation) {
        return call -> {
            try {
                return operation.answer(call);
            } catch (RefusedException e) {
                throw new AdminProblemException(409, String.valueOf(e.getMessage()));
            }
        };
    }

    private Answer reload(Call call) throws StoreException, RefusedException, InterruptedException {
        Operations.Reloaded reloaded = operations.reload(call.caller().actor(), call.requestId());
        ObjectNode node = Json.object();
        ArrayNode applied = node.putArray("applied");
        reloaded.applied().forEach(applied::add);
        ArrayNode needRestart = node.putArray("need_restart");
        reloaded.needRestart().forEach(needRestart::add);
        return Answer.ok(node);
    }

    private Answer compact(Call call) throws StoreException, RefusedException {
        Operations.Compacted compacted = operations.compact(call.caller().actor(), call.requestId());
        ObjectNode node = Json.object();
        node.put("bytes_before", compacted.before());
        node.put("bytes_after", compacted.after());
        return Answer.ok(node);
    }

    private Answer rekey(Call call) throws StoreException, RefusedException {
        Operations.Rekeyed rekeyed = operations.rekey(call.caller().actor(), call.requestId());
        ObjectNode node = Json.object();
        node.put("key", rekeyed.key());
        node.put("entries", rekeyed.entries());
        return Answer.ok(node);
    }

    private Answer backup(Call call) throws StoreException, RefusedException {
        Operations.Backup backup = operations.backup(call.caller().actor(), call.requestId());
        return Answer.stream("application/octet-stream", "secret-providers.backup", out -> {
            try {
                backup.to(out);
            } catch (StoreException e) {
                // The backup is then incomplete, and restore refuses it.
                throw new IOException("the backup was cut off", e);
            }
        });
    }
}
