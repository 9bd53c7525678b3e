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
     * @param defects the defects, at least one, in the order of their places and at most {@value #MOST}
     */
    record Broken(List<Defect> defects) implements Verification {
        /** The maximum number of defects; more would not help an operator. */
        public static final int MOST = 100;

        public Broken {
            defects = List.copyOf(defects);
        }

        /** Returns the place of the first defect. */
        public long sequence() {
            return defects.getFirst().sequence();
        }

        /** Returns the description of the first defect. */
        public String what() {
            return defects.getFirst().what();
        }
    }

    /**
     * One defect of the log.
     *
     * @param sequence the place; 0 for the head, the anchor, or a key that the log never wrote
     * @param what the defect at that place
     */
    record Defect(long sequence, String what) {}
}
