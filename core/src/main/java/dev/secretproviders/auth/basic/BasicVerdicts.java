package dev.secretproviders.auth.basic;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.WrongKeys;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.VerdictMaker;
import java.util.Arrays;

/**
 * Gives verdicts on user names with passwords to callers that remember them. They are judged as by {@link
 * BasicAuthenticator}.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
public final class BasicVerdicts {
    private final CredentialDirectory directory;
    private final BasicLookup lookup;
    private final VerdictMaker verdicts;

    /** Creates the verdicts of a directory. */
    public BasicVerdicts(AuthContext context) {
        this.directory = context.directory();
        this.lookup = new BasicLookup(context);
        this.verdicts = new VerdictMaker(context);
    }

    /**
     * Judges a user name and a password.
     *
     * @param user the user name in UTF-8, which holds no colon
     * @param password the password in UTF-8; wiped on return
     */
    public Verdict of(byte[] user, byte[] password) {
        byte[] both = Arrays.copyOf(user, user.length + 1 + password.length);
        both[user.length] = ':';
        System.arraycopy(password, 0, both, user.length + 1, password.length);
        try {
            CredentialIndex index = directory.index();
            // Read before the credential: a change during the look-up has a higher number, and ends this verdict.
            long sequence = index.sequence();
            return verdicts.of(
                    sequence,
                    lookup.find(index, ShownPassword.of(both, user.length, both.length), WrongKeys.UNKNOWN_SOURCE));
        } finally {
            Arrays.fill(both, (byte) 0);
            Arrays.fill(password, (byte) 0);
        }
    }
}
