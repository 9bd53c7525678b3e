package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Finds stored provider objects that a new write would be refused for. They stay in force. */
public final class StoredObjectFindings implements FindingSource {
    private final ProviderObjects objects;

    /** Creates the source. */
    public StoredObjectFindings(ProviderObjects objects) {
        this.objects = objects;
    }

    @Override
    public void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found) {
        objects.all().forEach(object -> find(object, found));
    }

    private void find(ProviderObject object, Consumer<Finding> found) {
        List<String> subjects = List.of("providers/" + object.id());
        Set<ProviderId> provider = Set.of(object.id());
        object.references().forEach((field, reference) -> {
            if (objects.registry().allowedReferences().refuses(reference)) {
                found.accept(new Finding(
                        Kind.REFERENCE_NOT_ALLOWED,
                        subjects,
                        field + " refers to " + reference + ", which providers.references.allow does not name",
                        provider));
            }
        });
        object.masks()
                .forEach(field -> found.accept(new Finding(
                        Kind.LOST_SECRET,
                        subjects,
                        field + " holds the mask '" + ProviderObject.MASK
                                + "' in place of a value, as earlier versions could store it",
                        provider)));
    }
}
