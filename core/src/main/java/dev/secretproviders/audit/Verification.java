package dev.secretproviders.audit;

import java.util.List;

/** The result of verifying every record of the log. */
public sealed interface Verification {

    /**
     * No record was changed, removed, inserted or moved.
     *
     * @param count the number of records
     * @param first the place of the first record that is kept
     * @param last the place of the last record; {@code first - 1} if there is none
     */
    record Intact(long count, long first, long last) implements Verification {}

    /**
     * Something other than the runner changed the log.
     *
     * @param findings the findings, at least one, in the order of their places and at most {@value #MOST}
     */
    record Broken(List<Finding> findings) implements Verification {
        /** The maximum number of findings; more would not help an operator. */
        public static final int MOST = 100;

        public Broken {
            findings = List.copyOf(findings);
        }

        /** Returns the place of the first finding. */
        public long sequence() {
            return findings.getFirst().sequence();
        }

        /** Returns the description of the first finding. */
        public String what() {
            return findings.getFirst().what();
        }
    }

    /**
     * One defect of the log.
     *
     * @param sequence the place; 0 for the head, the anchor, or a key that the log never wrote
     * @param what the defect at that place
     */
    record Finding(long sequence, String what) {}
}
