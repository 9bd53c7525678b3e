package dev.secretproviders.auth;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The decision about one request. Immutable; decisions that do not depend on the request are shared. */
public sealed interface Decision {

    /** Returns the reason, as metrics name it. */
    Reason reason();

    /**
     * The request continues, with these changes in order. Header changes are read by index, so that the usual answer
     * needs no list.
     */
    sealed interface Accept extends Decision permits Changed, Identified {
        /** Returns the consumer's name, for logs. */
        String consumer();

        /** Returns how many headers are changed. Unnecessary changes are left out. */
        int headerCount();

        /** Returns the name of changed header {@code index}, counted from 0. */
        String headerName(int index);

        /** Returns the value that changed header {@code index} gets; null removes it. */
        @Nullable
        String headerValue(int index);

        /** Returns the query arguments to remove. */
        List<String> removedArguments();

        /** Returns the changed headers as a list. */
        default List<Header> headers() {
            return IntStream.range(0, headerCount())
                    .mapToObj(i -> new Header(headerName(i), headerValue(i)))
                    .toList();
        }
    }

    /**
     * The request continues, with listed changes.
     *
     * @param headers request headers to set; a null value removes the header
     */
    record Changed(Reason reason, String consumer, List<Header> headers, List<String> removedArguments)
            implements Accept {
        public Changed {
            headers = List.copyOf(headers);
            removedArguments = List.copyOf(removedArguments);
        }

        @Override
        public int headerCount() {
            return headers.size();
        }

        @Override
        public String headerName(int index) {
            return headers.get(index).name();
        }

        @Override
        public @Nullable String headerValue(int index) {
            return headers.get(index).value();
        }
    }

    /**
     * The request is refused.
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

    /** A header; a null value removes the header. */
    record Header(String name, @Nullable String value) {}

    /** Why a request was accepted or refused. */
    enum Reason {
        /** The key belongs to a credential. */
        ACCEPTED,
        /** The key is the previous version of a rotated key, within its overlap. */
        ACCEPTED_PREVIOUS,
        /** The request has no valid key, and the route names an anonymous consumer. */
        ANONYMOUS,
        /** The request has no key. */
        MISSING_KEY,
        /** No credential has the key. */
        INVALID_KEY,
        /** Two credentials share the key, which is refused for both. */
        AMBIGUOUS_KEY,
        /** The route names an anonymous consumer that does not exist. */
        NO_ANONYMOUS_CONSUMER,
        /** The key is unknown while some credentials could not be resolved yet. */
        UNRESOLVED
    }
}
