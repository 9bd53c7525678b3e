package dev.secretproviders.settings;

import java.util.ArrayList;
import java.util.List;

/** Collects the problems of a configuration, so that all are reported at once. Not thread-safe. */
public final class Problems {
    private final List<String> found = new ArrayList<>();

    /** Creates an empty collection. */
    public Problems() {}

    /**
     * Adds a problem.
     *
     * @param path the field, for example {@code providers.vault.prod.uri}
     * @param problem what is wrong and what to write instead; never the value of a field that may hold a secret
     */
    public void add(String path, String problem) {
        String line = path + ": " + problem;
        if (!found.contains(line)) {
            found.add(line);
        }
    }

    /** Returns whether there are no problems so far. */
    public boolean isEmpty() {
        return found.isEmpty();
    }

    /** Returns whether a field has a problem already. */
    public boolean concern(String path) {
        return found.stream().anyMatch(problem -> problem.startsWith(path + ": "));
    }

    /** Returns all problems, one line each, in the order found. */
    public List<String> lines() {
        return List.copyOf(found);
    }

    /**
     * Ends the reading of a configuration.
     *
     * @throws InvalidSettingsException if anything is wrong
     */
    public void throwIfAny() {
        if (!found.isEmpty()) {
            throw new InvalidSettingsException(lines());
        }
    }
}
