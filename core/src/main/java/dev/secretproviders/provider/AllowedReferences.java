package dev.secretproviders.provider;

import dev.secretproviders.provider.AccessRules.Glob;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;

/**
 * Patterns of the runner's own environment variables and files that stored objects may refer to. These values were
 * meant for the runner, while the writer of an object decides where they are sent. The configuration file may refer to
 * all of them. Immutable.
 */
public final class AllowedReferences {
    private static final String FIELD = "allow";

    private final List<Glob> patterns;
    private final Set<String> own;

    private AllowedReferences(List<Glob> patterns, Set<String> own) {
        this.patterns = List.copyOf(patterns);
        this.own = Set.copyOf(own);
    }

    /**
     * Reads the section {@code providers.references}; without the section no reference is allowed.
     *
     * @param own the managers that read what was meant for the runner
     */
    static AllowedReferences read(Settings section, SortedSet<String> own) {
        List<String> patterns = section.texts(FIELD);
        List<String> beginnings = own.stream()
                .flatMap(manager -> SecretReference.beginnings(manager).stream())
                .toList();
        for (String pattern : patterns) {
            if (beginnings.stream().noneMatch(pattern::startsWith)) {
                section.problem(
                        FIELD,
                        "expected patterns that begin with one of " + String.join(", ", beginnings) + ", not '"
                                + pattern + "'");
            }
        }
        return new AllowedReferences(patterns.stream().map(Glob::new).toList(), own);
    }

    /** Returns whether a reference leads to the runner's own environment or files and is not allowed. */
    public boolean refuses(SecretReference reference) {
        return own.contains(reference.provider().manager())
                && patterns.stream().noneMatch(pattern -> pattern.matches("", reference.toString()));
    }
}
