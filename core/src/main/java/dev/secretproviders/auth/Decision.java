package dev.secretproviders.auth;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The decision about one request. Immutable; decisions that do not depend on the request are shared. */
public sealed interface Decision extends Judgement {

    /** Returns the reason, as metrics name it. */
    Reason reason();

    /**
     * The request continues, with these changes in order. Header changes are read by index, so that the usual answer
     * needs no list.
     */
    non-sealed interface Accept extends Decision {
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

        /** Returns the query arguments to set, each in place of all that the client sent under its name. */
        default List<Header> setArguments() {
            return List.of();
        }

        /** Returns the changed headers as a list. */
        default List<Header> headers() {
            return IntStream.range(0, headerCount())
                    .mapToObj(i -> new Header(headerName(i), headerValue(i)))
                    .toList();
        }
    }

    /** Changes headers that are in a list. */
    interface Listed extends Accept {
        @Override
        List<Header> headers();

        @Override
        default int headerCount() {
            return headers().size();
        }

        @Override
        default String headerName(int index) {
            return headers().get(index).name();
        }

        @Override
        default @Nullable String headerValue(int index) {
            return headers().get(index).value();
        }
    }

    /**
     * The request continues, with listed changes.
     *
     * @param headers request headers to set; a null value removes the header
     */
    record Changed(Reason reason, String consumer, List<Header> headers, List<String> removedArguments)
            implements Listed {
        public Changed {
            headers = List.copyOf(headers);
            removedArguments = List.copyOf(removedArguments);
        }
    }

    /**
     * The request is refused.
     *
     * @param status 401, 413 or 503
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
        /** The request has a valid credential. */
        ACCEPTED,
        /** The credential is the previous version of a rotated one, within its overlap. */
        ACCEPTED_PREVIOUS,
        /** The request has no valid credential, and the route names an anonymous consumer. */
        ANONYMOUS,
        /** The request has no credential. */
        MISSING_KEY,
        /** The credential is malformed, unknown, or wrong. */
        INVALID_KEY,
        /** Two credentials share the key or user name, which is refused for both. */
        AMBIGUOUS_KEY,
        /** The credential is right, but its time is over. */
        EXPIRED,
        /** The credential is right, but its time has not begun. */
        NOT_YET_VALID,
        /** The credential is right, but it is disabled, or its validity cannot be read. */
        DISABLED,
        /** The route names an anonymous consumer that does not exist. */
        NO_ANONYMOUS_CONSUMER,
        /** The credential is unknown while some credentials could not be resolved yet. */
        UNRESOLVED,
        /** The signature was used before, on a route where a signature counts once. */
        REPLAYED,
        /** There is no room to remember another signature that counts once. */
        TOO_MANY_SIGNATURES,
        /** The body is too large to be compared with its digest. */
        BODY_TOO_LARGE,
        /** The request carries its secrets to the upstream. */
        INJECTED,
        /** A secret for the upstream is not known at the moment. */
        INJECT_UNRESOLVED,
        /** A provider does not allow to send a secret to upstreams. */
        INJECT_FORBIDDEN,
        /** The value of a secret for the upstream cannot stand in a request. */
        INJECT_ILLEGAL,
        /** The secret for the upstream depends on the consumer, and the request has none. */
        INJECT_NO_CONSUMER
    }
}
