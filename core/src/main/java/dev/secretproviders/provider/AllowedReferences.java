package dev.secretproviders.provider;

import dev.secretproviders.provider.AccessRules.Glob;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.Settings;
import java.util.List;

/**
 * Patterns of the runner's own environment variables and files that stored objects may refer to. These values were
 * meant for the runner, while the writer of an object decides where they are sent. The configuration file may refer to
 * all of them. Immutable.
 */
public final class AllowedReferences {
    private static final String FIELD = "allow";

    private final List<Glob> patterns;

    private AllowedReferences(List<Glob> patterns) {
        this.patterns = List.copyOf(patterns);
    }

    /** Reads the section {@code providers.references}; without the section no reference is allowed. */
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

    /** Returns whether a reference leads to the runner's own environment or files and is not allowed. */
    public boolean refuses(SecretReference reference) {
        String manager = reference.provider().manager();
        boolean own = manager.equals(ProviderId.ENVIRONMENT.manager()) || manager.equals("file");
        return own && patterns.stream().noneMatch(pattern -> pattern.matches("", reference.toString()));
    }
}
