package dev.secretproviders.app.cli.check;

import java.util.Locale;

/**
 * A line of the report.
 *
 * @param references the references as APISIX spells them; empty if there is none
 * @param message what was found; empty if all is well
 */
record Item(Status status, Place place, String references, String message) {

    /** What a line of the report says. */
    enum Status {
        /** It resolves. */
        OK,
        /** It does not resolve, or is wrong as it is written. */
        ERROR,
        /** It works, and should be looked at. */
        WARNING,
        /** It cannot be checked here. */
        UNCHECKED;

        /** Returns the word in the report. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
