package dev.secretproviders.inject;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import java.util.List;

/** What a companion learns about the values of one configuration. Immutable. */
public sealed interface InjectAnswer {

    /**
     * The values.
     *
     * @param name what events call these values
     * @param usableFor for how many nanoseconds they may be used
     */
    record Known(String name, List<Header> headers, List<Header> arguments, List<Header> cookies, long usableFor)
            implements InjectAnswer {
        /** Copies the lists. */
        public Known {
            headers = List.copyOf(headers);
            arguments = List.copyOf(arguments);
            cookies = List.copyOf(cookies);
        }

        @Override
        public String toString() {
            return "Known[" + name + "]";
        }
    }

    /** There are no values at the moment. */
    record Unavailable(Reason reason) implements InjectAnswer {}

    /**
     * The configuration is wrong.
     *
     * @param problem what is wrong and what to do; never a value
     */
    record Invalid(String problem) implements InjectAnswer {}
}
