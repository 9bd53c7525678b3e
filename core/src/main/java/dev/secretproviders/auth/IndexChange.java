package dev.secretproviders.auth;

import java.util.Set;

/**
 * One change of the credential index. Decisions about the keys of the affected credentials may no longer hold. Any key
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
}
