package dev.secretproviders.provider;

import dev.secretproviders.provider.AccessRules.Glob;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.Settings;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;

/**
 * Which parts of the runner's own environment and files the objects in the store may refer to. They hold what was meant for the
 * runner, and the writer of an object decides where it is sent. The configuration file may refer to all. Immutable.
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
     * Reads the section {@code providers.references}; without it nothing is allowed.
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

    /** Returns whether a reference leads to the runner's own environment or files without being allowed to. */
    public boolean refuses(SecretReference reference) {
        return own.contains(reference.provider().manager())
                && patterns.stream().noneMatch(pattern -> pattern.matches("", reference.toString()));
    }
}
