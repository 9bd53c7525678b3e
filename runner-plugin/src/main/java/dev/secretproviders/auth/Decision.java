package dev.secretproviders.auth;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to answer to one request. Immutable; decisions that do not depend on the request are shared. */
public sealed interface Decision {

    /** Why, as metrics name it. */
    Reason reason();

    /**
     * The request goes on, with these changes of it, in order.
     *
     * @param headers request headers to set; a null value removes the header. Only changes that are needed
     * @param removedArguments query arguments to remove
     * @param consumer the consumer's name, for logs
     */
    record Accept(Reason reason, String consumer, List<Header> headers, List<String> removedArguments)
            implements Decision {
        public Accept {
            headers = List.copyOf(headers);
            removedArguments = List.copyOf(removedArguments);
        }
    }

    /**
     * The request ends here.
     *
     * @param status 401 or 503
     * @param headers headers of the answer
     * @param body body of the answer (JSON)
     */
    record Refuse(Reason reason, int status, List<Header> headers, String body) implements Decision {
        public Refuse {
            headers = List.copyOf(headers);
        }
    }

    /** A header; a null value removes it. */
    record Header(String name, @Nullable String value) {}

    /** Why a request was accepted or refused. */
    enum Reason {
        /** A key that belongs to a credential. */
        ACCEPTED,
        /** The previous version of a rotated key, within its overlap. */
        ACCEPTED_PREVIOUS,
        /** No valid key, and the route names an anonymous consumer. */
        ANONYMOUS,
        /** No key in the request. */
        MISSING_KEY,
        /** A key that no credential has. */
        INVALID_KEY,
        /** A key that two credentials share, which is refused for both. */
        AMBIGUOUS_KEY,
        /** The route names an anonymous consumer that does not exist. */
        NO_ANONYMOUS_CONSUMER,
        /** An unknown key while some credentials could not be resolved yet. */
        UNRESOLVED
    }
}
