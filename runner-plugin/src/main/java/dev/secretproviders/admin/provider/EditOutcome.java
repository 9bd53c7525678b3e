package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.spi.ProviderId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How an edit of a provider object ended. */
sealed interface EditOutcome {
    /**
     * It was written, or would have been, in a dry run.
     *
     * @param refused why the record that it replaces was refused; null if it was not
     * @param connection in a dry run, what connecting and logging in came to; else null
     */
    record Written(
            ProviderObject object,
            boolean created,
            List<Broken> accepted,
            @Nullable String refused,
            @Nullable ObjectNode connection)
            implements EditOutcome {}

    /** It was deleted, or would have been, in a dry run. */
    record Deleted(List<Usage> accepted) implements EditOutcome {}

    /** Who edits may not. */
    record Forbidden(String why) implements EditOutcome {}

    /** The object cannot be used; a line for each problem. */
    record Invalid(List<String> problems) implements EditOutcome {}

    /** References that work now would not work any more. */
    record Breaks(List<Broken> broken) implements EditOutcome {}

    /** It is referred to. */
    record Referenced(List<Usage> usages) implements EditOutcome {}

    /** Somebody else changed it. */
    record Conflict() implements EditOutcome {}

    /** Its record in the store must not be used; it can only be replaced or deleted. */
    record Refused(String why) implements EditOutcome {}

    /** There is no such object. */
    record Absent() implements EditOutcome {}

    /** It stands in the configuration file. */
    record Configured() implements EditOutcome {}

    /** A usage that an edit would break, and why. */
    record Broken(Usage usage, String reason) {}

    /** Returns how the Admin API refuses what concerns a record in the store that is refused. */
    static AdminProblemException notUsed(String why) {
        return new AdminProblemException(
                409,
                why
                        + ", so that it is neither shown nor changed in parts. PUT the whole object in its place, DELETE it,"
                        + " restore a backup, or accept it: secret-providers restore --accept");
    }

    /** Returns how the Admin API refuses an edit that changed nothing. */
    default AdminProblemException refusal(ProviderId id) {
        return switch (this) {
            case Forbidden(var why) -> AdminProblemException.forbidden(why);
            case Invalid(var problems) -> {
                ArrayNode lines = Json.array();
                problems.forEach(lines::add);
                yield new AdminProblemException(
                        400,
                        "the provider object cannot be used: " + String.join("; ", problems),
                        Map.of("problems", lines));
            }
            case Conflict _ ->
                new AdminProblemException(412, "the provider object was changed by somebody else; read it again");
            case Refused(var why) -> notUsed(why);
            case Absent _ -> ProvidersInScope.absent(id);
            case Configured _ ->
                new AdminProblemException(
                        409, "the provider '" + id + "' stands in the configuration file; change it there");
            case Written _, Deleted _, Breaks _, Referenced _ -> throw new IllegalStateException("answered before");
        };
    }
}
