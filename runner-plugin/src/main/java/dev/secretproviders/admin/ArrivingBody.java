package dev.secretproviders.admin;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Endpoint;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The body of a call, which is read only after the endpoint and the caller's right were checked. */
interface ArrivingBody {
    /**
     * Returns the body, or null if there is none.
     *
     * @throws dev.secretproviders.admin.rest.AdminProblemException if it is not a JSON object, or too long
     */
    @Nullable
    ObjectNode read(Endpoint endpoint) throws IOException;

    /** Returns the caller after the body has arrived, which may take long, or the answer if there is none any more. */
    After callerAfterwards() throws InterruptedException;

    /** The caller, or the answer to one who is none any more. */
    sealed interface After {
        /** They are still a caller, perhaps with other rights. */
        record Still(Caller caller) implements After {}

        /** They are none any more. */
        record Gone(Answer answer) implements After {}
    }

    /** A body that is there already. */
    record Present(Caller caller, @Nullable ObjectNode content) implements ArrivingBody {
        @Override
        public @Nullable ObjectNode read(Endpoint endpoint) {
            return content;
        }

        @Override
        public After callerAfterwards() {
            return new After.Still(caller);
        }
    }
}
