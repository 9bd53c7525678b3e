package dev.secretproviders.crypto;

/**
 * The keyed digest of a name, with a print of the name under another random key. A name in the gateway's configuration is
 * no secret. So it may be found by its print, which takes less time than a digest ({@link KeyDigester#printOf}).
 *
 * <p>Immutable. Equal to each digest of the same name, with a print or without.
 */
public final class NameDigest extends KeyDigest {
    private final long firstOfPrint;
    private final long secondOfPrint;

    NameDigest(byte[] digest, long[] print) {
        super(digest);
        firstOfPrint = print[0];
        secondOfPrint = print[1];
    }

    /** Returns whether this is the print that {@link KeyDigester#printOf} gave. */
    public boolean isPrint(long[] print) {
        return ((firstOfPrint ^ print[0]) | (secondOfPrint ^ print[1])) == 0;
    }

    /** Returns a hash of the print. */
    public int printHash() {
        return (int) firstOfPrint;
    }

    /** Returns the {@link #printHash()} of a print in longs. */
    public static int printHash(long[] print) {
        return (int) print[0];
    }
}
