package dev.secretproviders.provider;

import dev.secretproviders.provider.AccessRules.Glob;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.Settings;
import java.util.List;

/**
 * Which parts of the runner's own environment and files the objects in the store may refer to. They hold what was meant for the
 * runner, and the writer of an object decides where it is sent. The configuration file may refer to all. Immutable.
 */
public final class AllowedReferences {
    private static final String FIELD = "allow";

    private final List<Glob> patterns;

    private AllowedReferences(List<Glob> patterns) {
        this.patterns = List.copyOf(patterns);
    }

    /** Reads the section {@code providers.references}; without it nothing is allowed. */
    static AllowedReferences read(Settings section) {
        List<String> patterns = section.texts(FIELD);
        for (String pattern : patterns) {
            boolean wellFormed = pattern.startsWith("$env://")
                    || pattern.startsWith("$secret://env/")
                    || pattern.startsWith("$secret://file/");
            if (!wellFormed) {
                section.problem(
                        FIELD,
                        "expected patterns such as $env://APISIX_* and $secret://file/mounted/*, not '" + pattern
                                + "'");
            }
        }
        return new AllowedReferences(patterns.stream().map(Glob::new).toList());
    }

    /** Returns whether a reference leads to the runner's own environment or files without being allowed to. */
    public boolean refuses(SecretReference reference) {
        String manager = reference.provider().manager();
        boolean own = manager.equals(ProviderId.ENVIRONMENT.manager()) || manager.equals("file");
        return own && patterns.stream().noneMatch(pattern -> pattern.matches("", reference.toString()));
    }
}
