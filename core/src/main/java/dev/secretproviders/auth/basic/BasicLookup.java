package dev.secretproviders.auth.basic;

import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.CredentialLookup;
import dev.secretproviders.auth.KeyClaim;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.LookupResult.NoMatch;
import dev.secretproviders.auth.proof.Proof;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.SaltedDigest;
import java.util.Arrays;
import java.util.function.BiPredicate;

/**
 * Finds the credential of a user name and a password. Native {@code basic-auth} removes white space from anywhere in
 * both, and so accepts what {@code echo user:password | base64} gives. Here both are first taken as they are, since a
 * password may hold a space, and then without white space.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
final class BasicLookup {
    private final CredentialLookup lookup;
    private final KeyDigester digester;
    /** Compared for an unknown user, so that the time does not tell which names exist. */
    private final SaltedDigest nobody;
    /** Kept, since making it for each request would be garbage. */
    private final BiPredicate<Proof, ShownPassword> proven;

    BasicLookup(AuthContext context) {
        this.lookup = context.lookup(CredentialKind.BASIC_AUTH);
        this.digester = context.digester();
        this.nobody = digester.salted(digester.digest(new byte[1], 0, 1));
        this.proven = (proof, shown) -> proof instanceof PasswordProof(SaltedDigest salted) && matches(salted, shown);
    }

    /**
     * Finds a credential.
     *
     * @param shown not changed
     * @param source the sender, for the count of wrong passwords
     */
    LookupResult find(CredentialIndex index, ShownPassword shown, long source) {
        LookupResult found = exact(index, shown);
        if (found != NoMatch.INVALID) {
            return found;
        }
        byte[] bytes = shown.bytes();
        int length = shown.length();
        long number = digester.digestOf(bytes, 0, length)[0];
        if (hasSpace(bytes, length)) {
            found = withoutSpace(index, shown);
        }
        if (found == NoMatch.INVALID) {
            lookup.noteWrong(source, number);
        }
        return found;
    }

    private LookupResult exact(CredentialIndex index, ShownPassword shown) {
        if (shown.user() == 0 || shown.password() >= shown.length()) {
            return NoMatch.INVALID;
        }
        LookupResult named = lookup.find(index, shown.bytes(), 0, shown.user());
        if (named instanceof KeyClaim claim) {
            return lookup.prove(claim, proven, shown);
        }
        boolean _ = matches(nobody, shown);
        return named;
    }

    private boolean matches(SaltedDigest salted, ShownPassword shown) {
        int password = shown.password();
        return digester.matches(salted, shown.bytes(), password, shown.length() - password);
    }

    private LookupResult withoutSpace(CredentialIndex index, ShownPassword shown) {
        byte[] bytes = shown.bytes();
        byte[] compact = new byte[shown.length()];
        try {
            int user = compact(bytes, 0, shown.user(), compact, 0);
            compact[user] = bytes[shown.user()];
            int length = compact(bytes, shown.password(), shown.length(), compact, user + 1);
            return exact(index, ShownPassword.of(compact, user, length));
        } finally {
            Arrays.fill(compact, (byte) 0);
        }
    }

    private static int compact(byte[] bytes, int from, int end, byte[] into, int at) {
        int to = at;
        for (int i = from; i < end; i++) {
            if (!isSpace(bytes[i])) {
                into[to++] = bytes[i];
            }
        }
        return to;
    }

    private static boolean hasSpace(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (isSpace(bytes[i])) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a byte is white space, as APISIX's regular expressions see it. */
    static boolean isSpace(int c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
