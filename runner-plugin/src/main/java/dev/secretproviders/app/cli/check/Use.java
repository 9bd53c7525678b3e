package dev.secretproviders.app.cli.check;

import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was found in a text. None of it holds the text of what is no reference. */
sealed interface Use {

    /** Returns where it was found. */
    Place place();

    /**
     * A reference, or several of which the first that exists counts.
     *
     * @param alternatives the references, in order
     * @param reader who resolves it
     * @param consumer the consumer whose credential it is, or null
     * @param labels the labels of that consumer
     * @param written what is shown in place of the references, because a variable was put in; null if they may be shown
     */
    record Reference(
            Place place,
            List<SecretReference> alternatives,
            Reader reader,
            @Nullable String consumer,
            Map<String, String> labels,
            @Nullable String written)
            implements Use {
        public Reference {
            alternatives = List.copyOf(alternatives);
            labels = Map.copyOf(labels);
        }
    }

    /** Something that is wrong as it is written. */
    record Wrong(Place place, String problem) implements Use {}

    /** Something that works, and should be looked at. */
    record Doubtful(Place place, String problem) implements Use {}

    /** A key that stands in the configuration itself. */
    record Literal(Place place) implements Use {}

    /** Something that cannot be checked here. */
    record Unchecked(Place place, String reason) implements Use {}

    /** Who resolves a reference. */
    enum Reader {
        /** The runner, for a credential. */
        CREDENTIAL,
        /** The runner, for an upstream. */
        UPSTREAM,
        /** APISIX, with secret objects of its own. */
        GATEWAY
    }
}
