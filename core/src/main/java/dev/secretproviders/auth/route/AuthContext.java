package dev.secretproviders.auth.route;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.CredentialLookup;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigester;

/**
 * What the authenticators of all routes share. Thread-safe.
 *
 * @param ticker the clock by which resolved versions end ({@link dev.secretproviders.resolve.Resolver#ticker})
 */
public record AuthContext(
        CredentialDirectory directory, KeyDigester digester, Ticker ticker, UnresolvedAnswer unresolvedAnswer) {

    /** Returns a lookup of credentials of a kind that has to be proven. */
    public CredentialLookup lookup(CredentialKind kind) {
        return new CredentialLookup(kind, digester, ticker, directory.clock(), directory.wrongKeys());
    }
}
