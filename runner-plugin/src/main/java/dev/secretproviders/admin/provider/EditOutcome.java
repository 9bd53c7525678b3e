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

/** The outcome of an edit of a provider object. */
sealed interface EditOutcome {
    /**
     * The object was written, or in a dry run would have been.
     *
     * @param refused why the replaced record was refused; null if it was not
     * @param connection in a dry run, the result of connecting and logging in; else null
     */
    record Written(
            ProviderObject object,
            boolean created,
            List<Broken> accepted,
            @Nullable String refused,
            @Nullable ObjectNode connection)
            implements EditOutcome {}

    /** The object was deleted, or in a dry run would have been. */
    record Deleted(List<Usage> accepted) implements EditOutcome {}

    /** The caller may not make this edit. */
    record Forbidden(String why) implements EditOutcome {}

    /** The object is invalid; one line for each problem. */
    record Invalid(List<String> problems) implements EditOutcome {}

    /** References that work now would break. */
    record BreaksReferences(List<Broken> broken) implements EditOutcome {}

    /** The provider is still in use by references. */
    record Referenced(List<Usage> usages) implements EditOutcome {}

    /** Another edit changed the object first. */
    record Conflict() implements EditOutcome {}

    /** The object's record in the store is refused. It can only be replaced or deleted. */
    record Refused(String why) implements EditOutcome {}

    /** There is no such object. */
    record Absent() implements EditOutcome {}

    /** The provider is defined in the configuration file. */
    record Configured() implements EditOutcome {}

    /** A usage that an edit would break, with the reason. */
    record Broken(Usage usage, String reason) {}

    /** Returns the Admin API's error for a call about a refused record in the store. */
    static AdminProblemException notUsed(String why) {
        return new AdminProblemException(
                409,
                why
                        + ", so that it is neither shown nor changed in parts. PUT the whole object in its place, DELETE it,"
                        + " restore a backup, or accept it: secret-providers restore --accept");
    }

    /** Returns the Admin API's error for an edit that changed nothing. */
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
                new AdminProblemException(412, "the provider object was changed meanwhile; read it again");
            case Refused(var why) -> notUsed(why);
            case Absent _ -> ProvidersInScope.absent(id);
            case Configured _ ->
                new AdminProblemException(
                        409, "the provider '" + id + "' is defined in the configuration file; change it there");
            case Written _, Deleted _, BreaksReferences _, Referenced _ ->
                throw new IllegalStateException("answered before");
        };
    }
}
