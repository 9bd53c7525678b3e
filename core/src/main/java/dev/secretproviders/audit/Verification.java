package dev.secretproviders.audit;

import java.util.List;

/** What a look at every record of the log found. */
public sealed interface Verification {

    /**
     * Nothing was changed, removed, inserted or put elsewhere.
     *
     * @param count how many records there are
     * @param first the place of the first one that is kept
     * @param last the place of the last one; {@code first - 1} if there is none
     */
    record Intact(long count, long first, long last) implements Verification {}

    /**
     * Something other than the runner changed the log.
     *
     * @param findings what is wrong, at least one, in the order of their places and at most {@value #MOST}
     */
    record Broken(List<Finding> findings) implements Verification {
        /** More findings than these help nobody. */
        public static final int MOST = 100;

        public Broken {
            findings = List.copyOf(findings);
        }

        /** Returns the place of the first finding. */
        public long sequence() {
            return findings.getFirst().sequence();
        }

        /** Returns the first finding. */
        public String what() {
            return findings.getFirst().what();
        }
    }

    /**
     * One thing that is wrong.
     *
     * @param sequence the place; 0 for the head, the anchor, or a key that the log never wrote
     * @param what what is wrong there
     */
    record Finding(long sequence, String what) {}
}
