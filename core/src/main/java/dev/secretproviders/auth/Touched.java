package dev.secretproviders.auth;

import java.util.LinkedHashSet;
import java.util.Set;

/** Collects which credentials a change of the index touches. Not thread-safe. */
final class Touched {
    /** Naming more of them costs a follower more than asking again for all that it remembers. */
    static final int MOST = 1_000;

    private final Set<CredentialName> names = new LinkedHashSet<>();
    private boolean all;

    void add(Identity identity) {
        if (!all && names.add(identity.name()) && names.size() > MOST) {
            addAll();
        }
    }

    void addAll() {
        all = true;
        names.clear();
    }

    /** Returns it as the change that the index with this number brought. */
    IndexChange change(long sequence) {
        return new IndexChange(sequence, all, names);
    }
}
