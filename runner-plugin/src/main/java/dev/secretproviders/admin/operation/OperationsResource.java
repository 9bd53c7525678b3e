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
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The runner as a whole: how it is, a new master key, a backup. */
public final class OperationsResource implements AdminResource {
    private final Operations operations;

    public OperationsResource(Operations operations) {
        this.operations = operations;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                        "/admin/status",
                        "status",
                        "Shows version, store, keyring and cryptographic module.",
                        Right.PROVIDER_READ,
                        Reach.unlimited(),
                        _ -> Answer.ok(operations.status())),
                Endpoint.post(
                                "/admin/rekey",
                                "rekey",
                                "Puts everything that is stored under a new master key.",
                                Right.OPERATE,
                                Reach.unlimited(),
                                this::rekey)
                        .answering(200, "The new key's public name.")
                        .answering(409, "The keyring cannot be changed from here."),
                Endpoint.post(
                                "/admin/backup",
                                "backup",
                                "Makes a backup of the store; it is of no use without the master key.",
                                Right.OPERATE,
                                Reach.unlimited(),
                                this::backup)
                        .answering(200, "The backup, for the command restore.")
                        .streaming("application/octet-stream")
                        .answering(409, "The store is backed up by other means."),
                Endpoint.post(
                                "/admin/compact",
                                "compact",
                                "Gives the space of what was overwritten in the store back to the file system.",
                                Right.OPERATE,
                                Reach.unlimited(),
                                this::compact)
                        .answering(200, "The store's size before and after, in bytes.")
                        .answering(409, "The store is compacted by other means."),
                Endpoint.post(
                                "/admin/reload",
                                "reload",
                                "Reads the configuration again and puts in force what can change without a restart.",
                                Right.OPERATE,
                                Reach.unlimited(),
                                this::reload)
                        .answering(200, "What changed and is in force now, and which fields need a restart.")
                        .answering(409, "The configuration is wrong; nothing was changed."));
    }

    private Answer reload(Call call) throws StoreException, InterruptedException {
        try {
            Operations.Reloaded reloaded = operations.reload(call.caller().actor(), call.requestId());
            ObjectNode node = Json.object();
            ArrayNode applied = node.putArray("applied");
            reloaded.applied().forEach(applied::add);
            ArrayNode needRestart = node.putArray("need_restart");
            reloaded.needRestart().forEach(needRestart::add);
            return Answer.ok(node);
        } catch (RefusedException e) {
            throw new AdminProblemException(409, String.valueOf(e.getMessage()));
        }
    }

    private Answer compact(Call call) throws StoreException {
        try {
            Operations.Compacted compacted = operations.compact(call.caller().actor(), call.requestId());
            ObjectNode node = Json.object();
            node.put("bytes_before", compacted.before());
            node.put("bytes_after", compacted.after());
            return Answer.ok(node);
        } catch (RefusedException e) {
            throw new AdminProblemException(409, String.valueOf(e.getMessage()));
        }
    }

    private Answer rekey(Call call) throws StoreException {
        try {
            Operations.Rekeyed rekeyed = operations.rekey(call.caller().actor(), call.requestId());
            ObjectNode node = Json.object();
            node.put("key", rekeyed.key());
            node.put("entries", rekeyed.entries());
            return Answer.ok(node);
        } catch (RefusedException e) {
            throw new AdminProblemException(409, String.valueOf(e.getMessage()));
        }
    }

    private Answer backup(Call call) throws StoreException {
        try {
            Operations.Backup backup = operations.backup(call.caller().actor(), call.requestId());
            return Answer.stream("application/octet-stream", "secret-providers.backup", out -> {
                try {
                    backup.to(out);
                } catch (StoreException e) {
                    // The backup has no end then, which restore refuses.
                    throw new IOException("the backup was cut off", e);
                }
            });
        } catch (RefusedException e) {
            throw new AdminProblemException(409, String.valueOf(e.getMessage()));
        }
    }
}
