package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.control.StoredObject;
import dev.secretproviders.provider.AllowedReferences;
import dev.secretproviders.provider.EditedObject;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a caller may write into a provider object. A caller who points a provider at a host of theirs could otherwise read any
 * secret that its credential refers to. Decided on the object as it would be, before anything of it is tried. Thread-safe.
 */
record EditRights(Call call, ProvidersInScope providers) {
    private static final String REFUSED =
            "the record of this provider in the store is not what a runner wrote last, so that its labels are not known:"
                    + " mending it needs a token that is not limited to some providers";

    /**
     * Returns why the caller may not edit the object at all, or null if they may.
     *
     * @param before what the store has
     * @param after the fields that it would have; masks and references in it count for nothing here
     */
    @Nullable
    String outOfScope(ProviderId id, StoredObject before, ObjectNode after) {
        Scope scope = call.caller().scope();
        if (before.refused() != null && !scope.everything()) {
            return REFUSED;
        }
        ProviderObject object = before.object();
        boolean included =
                scope.includes(id, labels(after)) && (object == null || scope.includes(id, labels(object.fields())));
        return included ? null : Reach.OTHER_PROVIDERS;
    }

    /** Returns why the caller may not use what the edit puts to use, or null if they may. */
    @Nullable
    String refusal(EditedObject edited) {
        AllowedReferences allowed = providers.registry().allowedReferences();
        for (Map.Entry<String, SecretReference> entry : edited.references().entrySet()) {
            SecretReference reference = entry.getValue();
            ProviderId used = reference.provider();
            if (!call.caller().may(Right.PROVIDER_USE) || !providers.include(call, used)) {
                return entry.getKey() + ": refers to " + used + ", whose secrets you may not use";
            }
            if (allowed.refuses(reference) && !call.caller().may(Right.AMBIENT_IDENTITY)) {
                return entry.getKey() + ": refers to " + reference
                        + ", and providers.references.allow in the configuration"
                        + " does not name it; add it there, or have it written with the right ambient_identity";
            }
        }
        return null;
    }

    /** Returns whether the caller may let a provider log in as the machine or pod that the runner is on. */
    boolean identity() {
        return call.caller().may(Right.AMBIENT_IDENTITY);
    }

    private static Map<String, String> labels(ObjectNode fields) {
        return Scope.labels(fields.path("labels"));
    }
}
