package dev.secretproviders.gateway;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A decoded message from a runner, before any of it is applied. */
public sealed interface RunnerMessage {

    /**
     * An error frame.
     *
     * @param code 0 bad request, 1 service unavailable, 2 conf token not found; other codes are kept as received
     */
    record Failure(int code) implements RunnerMessage {
        /** The message could not be understood. */
        public static final int BAD_REQUEST = 0;

        /** The runner cannot serve now. */
        public static final int SERVICE_UNAVAILABLE = 1;

        /** The token is unknown: APISIX prepares again. */
        public static final int CONF_TOKEN_NOT_FOUND = 2;

        /** Returns the text that APISIX writes to its log. */
        String message() {
            return switch (code) {
                case BAD_REQUEST -> "bad request";
                case SERVICE_UNAVAILABLE -> "service unavailable";
                case CONF_TOKEN_NOT_FOUND -> "conf token not found";
                default -> "unknown err " + code;
            };
        }
    }

    /**
     * The answer to PrepareConf.
     *
     * @param token unsigned 32 bits
     */
    record Prepared(long token) implements RunnerMessage {}

    /**
     * The answer to HTTPReqCall.
     *
     * @param id unsigned 32 bits; APISIX does not look at it
     */
    record Decided(long id, Action action) implements RunnerMessage {}

    /**
     * The answer to HTTPRespCall.
     *
     * @param status 0 leaves the upstream's status
     * @param headers replace all of the upstream's headers, unless empty
     * @param body empty leaves the upstream's body
     */
    record ResponseDecided(long id, int status, List<Entry> headers, Body body) implements RunnerMessage {
        /** Copies the list. */
        public ResponseDecided {
            headers = List.copyOf(headers);
        }
    }

    /** The runner asks for more information before it answers. */
    sealed interface InfoWanted extends RunnerMessage {
        /** The value of an nginx variable. */
        record Variable(String name) implements InfoWanted {}

        /** The body of the client's request. */
        record RequestBody() implements InfoWanted {}

        /** The body of the upstream's response. */
        record ResponseBody() implements InfoWanted {}
    }

    /** What the runner wants done with a request. */
    sealed interface Action {
        /** Nothing: the request goes on as it is. */
        record None() implements Action {}

        /**
         * The request ends here.
         *
         * @param status as sent; 0 means 200 to APISIX
         */
        record Stop(int status, List<Entry> headers, Body body) implements Action {
            /** Copies the list. */
            public Stop {
                headers = List.copyOf(headers);
            }
        }

        /**
         * The request goes on, changed.
         *
         * @param path decoded and without query; null leaves it
         * @param headers set one after another; an entry without a value removes the header
         * @param args an entry without a value removes the argument
         * @param responseHeaders sent to the client in addition to the upstream's
         * @param body empty leaves it. The Java wire classes 0.6.0 do not know this field; APISIX does
         */
        record Rewrite(
                @Nullable String path, List<Entry> headers, List<Entry> args, List<Entry> responseHeaders, Body body)
                implements Action {
            /** Copies the lists. */
            public Rewrite {
                headers = List.copyOf(headers);
                args = List.copyOf(args);
                responseHeaders = List.copyOf(responseHeaders);
            }
        }
    }
}
