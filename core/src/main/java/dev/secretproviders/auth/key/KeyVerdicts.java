package dev.secretproviders.auth.key;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.KeyLookup;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.WrongKeys;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.VerdictMaker;
import java.util.Arrays;

/**
 * Gives verdicts on keys to callers that remember them and receive each {@linkplain IndexChange change}. A key is
 * judged as by {@link KeyAuthenticator}.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
public final class KeyVerdicts {
    /** The longest key in bytes; a longer key cannot be valid. */
    public static final int LONGEST_KEY = KeyLookup.LONGEST_KEY;

    private final CredentialDirectory directory;
    private final KeyLookup lookup;
    private final VerdictMaker verdicts;

    /** Creates the verdicts of a directory. */
    public KeyVerdicts(AuthContext context) {
        this.directory = context.directory();
        this.lookup = new KeyLookup(context.digester(), context.ticker(), directory.clock(), directory.wrongKeys());
        this.verdicts = new VerdictMaker(context);
    }

    /**
     * Judges a key.
     *
     * @param key an array that begins with the key; wiped on return
     * @param length the length of the key in bytes
     */
    public Verdict of(byte[] key, int length) {
        try {
            return judge(key, length);
        } finally {
            Arrays.fill(key, 0, length, (byte) 0);
        }
    }

    private Verdict judge(byte[] key, int length) {
        CredentialIndex index = directory.index();
        // Read before the key: a change during the look-up has a higher number, and ends this verdict.
        long sequence = index.sequence();
        return verdicts.of(
                sequence,
                KeyLookup.canBeKey(length)
                        ? lookup.find(index, key, 0, length, WrongKeys.UNKNOWN_SOURCE)
                        : LookupResult.NoMatch.INVALID);
    }
}
