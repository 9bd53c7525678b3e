package dev.secretproviders.provider;

import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A provider object as an edit would leave it, with kept secrets restored. Rights are decided on this object, before the manager is
 * asked and before anything is written.
 *
 * @param before the object that is edited, or null for a new one
 * @param references what the edit itself puts to use, by the path of the field: references that did not stand there before, and
 *     all of them if credentials would go elsewhere
 */
public record EditedObject(
        ProviderObject object, @Nullable ProviderObject before, Map<String, SecretReference> references) {
    public EditedObject {
        references = Collections.unmodifiableMap(new LinkedHashMap<>(references));
    }

    /**
     * Reads an edit.
     *
     * @param before the object that is edited, or null for a new one
     * @param fields the whole object; a masked secret stands for the one that {@code before} has
     * @param now when it is edited
     * @throws InvalidSettingsException if a name is not a field, if a mask has no stored secret, or if a kept secret
     *     would be sent to another address; a line for each
     */
    public static EditedObject of(
            ProviderId id, @Nullable ProviderObject before, ObjectNode fields, Descriptor descriptor, Instant now) {
        List<String> problems = new ArrayList<>(FieldNames.problems(fields, descriptor));
        refuseIfAny(problems);
        ObjectNode after = FieldNames.canonical(fields, descriptor);
        ObjectNode old = before == null ? JsonNodeFactory.instance.objectNode() : before.fields();
        List<String> kept = new ArrayList<>();
        MaskedFields.restore("", after, old, CommonFields.all(descriptor), kept, problems);
        boolean moved = before == null || MaskedFields.moved(old, after, CommonFields.all(descriptor));
        if (moved) {
            kept.forEach(field -> problems.add(
                    field + ": must be written again, because the object names another place to send it to"));
        }
        refuseIfAny(problems);
        MaskedFields.masks(after)
                .forEach(field -> problems.add(
                        field + ": is the mask '" + ProviderObject.MASK + "', which is never stored; write the value"));
        refuseIfAny(problems);
        Map<String, SecretReference> references = ProviderObject.references(after);
        if (!moved) {
            references.entrySet().removeAll(ProviderObject.references(old).entrySet());
        }
        // A change of the description alone has nothing to do with where the provider connects to.
        boolean limited = before == null || !before.connectsAs(after) || before.limited();
        ProviderObject object =
                new ProviderObject(id, after, before == null ? now : before.createdAt(), now, 0, limited);
        return new EditedObject(object, before, references);
    }

    /** Returns whether the manager is asked as before, at the same address and with the same login. */
    public boolean connectsAsBefore() {
        return before != null && before.connectsAs(object.fields());
    }

    private static void refuseIfAny(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
    }
}
