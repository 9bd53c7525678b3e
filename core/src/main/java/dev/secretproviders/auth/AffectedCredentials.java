package dev.secretproviders.auth;

import java.util.LinkedHashSet;
import java.util.Set;

/** Collects the credentials that a change of the index affects. Not thread-safe. */
final class AffectedCredentials {
    /** The maximum number of named credentials. For more, a follower loses less by dropping all that it remembers. */
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

    /** Returns the change of the index with this number. */
    IndexChange change(long sequence) {
        return new IndexChange(sequence, all, names);
    }
}
