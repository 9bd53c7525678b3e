package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.LookupResult.Proven;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.Verdict.Reason;
import dev.secretproviders.auth.WrongKeys;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.VerdictMaker;
import java.util.OptionalLong;

/**
 * Gives verdicts on signatures to the companion, which has read the request, checked its date and built the text that is
 * signed. A signature is judged as by {@link HmacAuthenticator}.
 *
 * <p>Thread-safe; does no I/O.
 */
public final class HmacVerdicts {
    private static final OptionalLong NOT_AT_ALL = OptionalLong.of(0);

    private final CredentialDirectory directory;
    private final HmacLookup lookup;
    private final VerdictMaker verdicts;

    /**
     * What the companion asks about.
     *
     * @param keyId the key id
     * @param algorithm the name of the algorithm
     * @param text the signed text
     * @param signature the signature in base64
     * @param replayWindow for how many seconds the signature counts only once; 0 for no limit on its uses
     */
    @SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
    public record Question(byte[] keyId, byte[] algorithm, byte[] text, byte[] signature, long replayWindow) {
        /** Shows nothing of the request. */
        @Override
        public String toString() {
            return "Question";
        }
    }

    /**
     * Creates the verdicts of a directory.
     *
     * @param seen the signatures that count once
     */
    public HmacVerdicts(AuthContext context, SeenSignatures seen) {
        this.directory = context.directory();
        this.lookup = new HmacLookup(context, seen);
        this.verdicts = new VerdictMaker(context);
    }

    /** Judges a signature. */
    public Verdict of(Question question) {
        CredentialIndex index = directory.index();
        // Read before the credential: a change during the look-up has a higher number, and ends this verdict.
        long sequence = index.sequence();
        HmacAlgorithm algorithm = HmacAlgorithm.named(question.algorithm(), 0, question.algorithm().length);
        byte[] signature = algorithm == null
                ? null
                : SignatureText.decode(
                        question.signature(), RequestView.slice(0, question.signature().length), algorithm.length());
        if (algorithm == null || signature == null) {
            return new Verdict.Refused(sequence, Reason.INVALID_KEY, NOT_AT_ALL);
        }
        LookupResult found = lookup.find(
                index,
                question.keyId(),
                RequestView.slice(0, question.keyId().length),
                WrongKeys.UNKNOWN_SOURCE,
                new HmacLookup.Shown(
                        algorithm, signer -> signer.add(question.text(), 0, question.text().length), signature));
        if (found instanceof Proven) {
            switch (lookup.count(signature, question.replayWindow())) {
                case FIRST -> {}
                case SEEN -> {
                    return new Verdict.Refused(sequence, Reason.REPLAYED, NOT_AT_ALL);
                }
                case FULL -> {
                    return new Verdict.Unavailable(sequence);
                }
            }
        }
        return verdicts.of(sequence, found);
    }
}
