package dev.secretproviders.auth.basic;

import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.CredentialLookup;
import dev.secretproviders.auth.KeyClaim;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.LookupResult.NoMatch;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.SaltedDigest;
import java.util.Arrays;

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

    BasicLookup(AuthContext context) {
        this.lookup = context.lookup(CredentialKind.BASIC_AUTH);
        this.digester = context.digester();
        this.nobody = digester.salted(digester.digest(new byte[1], 0, 1));
    }

    /**
     * Finds a credential.
     *
     * @param bytes the user name, a separator of one byte, and the password; not changed
     * @param user the length of the user name
     * @param length the length of all of it
     * @param source the sender, for the count of wrong passwords
     */
    LookupResult find(CredentialIndex index, byte[] bytes, int user, int length, long source) {
        LookupResult found = exact(index, bytes, user, length);
        if (found != NoMatch.INVALID) {
            return found;
        }
        long shown = digester.digestOf(bytes, 0, length)[0];
        if (hasSpace(bytes, length)) {
            found = withoutSpace(index, bytes, user, length);
        }
        if (found == NoMatch.INVALID) {
            lookup.noteWrong(source, shown);
        }
        return found;
    }

    private LookupResult exact(CredentialIndex index, byte[] bytes, int user, int length) {
        int password = user + 1;
        if (user == 0 || password >= length) {
            return NoMatch.INVALID;
        }
        LookupResult named = lookup.find(index, bytes, 0, user);
        if (named instanceof KeyClaim claim) {
            return lookup.prove(
                    claim,
                    proof -> proof instanceof PasswordProof(SaltedDigest salted)
                            && digester.matches(salted, bytes, password, length - password));
        }
        boolean _ = digester.matches(nobody, bytes, password, length - password);
        return named;
    }

    private LookupResult withoutSpace(CredentialIndex index, byte[] bytes, int user, int length) {
        byte[] compact = new byte[length];
        try {
            int to = compact(bytes, 0, user, compact, 0);
            int shorterUser = to;
            compact[to++] = bytes[user];
            return exact(index, compact, shorterUser, compact(bytes, user + 1, length, compact, to));
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
