package dev.secretproviders.auth;

import dev.secretproviders.auth.usage.CredentialName;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * One change of the credential index. Decisions about the affected credentials may no longer hold. Anything
 * that matched no credential before may match one now.
 *
 * @param sequence the number of the index after the change, one higher than before
 * @param all whether any credential may have been affected; then the set is empty
 * @param credentials the affected credentials; may be empty
 */
public record IndexChange(long sequence, boolean all, Set<CredentialName> credentials) {
    public IndexChange {
        credentials = Set.copyOf(credentials);
    }

    /** Collects the credentials that a change of the index affects. Not thread-safe. */
    static final class Affected {
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
}
