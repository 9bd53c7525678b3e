package dev.secretproviders.auth;

import java.util.Set;

/**
 * What a change of the credential index touched: decisions about the keys of these credentials may not hold any more. Whatever it
 * touched, a key that was nobody's before may be somebody's now.
 *
 * @param sequence the number of the index since then: that of the change before, and one
 * @param all whether any credential may have been touched; then none is named
 * @param credentials those that were touched; may be empty
 */
public record IndexChange(long sequence, boolean all, Set<CredentialName> credentials) {
    public IndexChange {
        credentials = Set.copyOf(credentials);
    }
}
