package dev.secretproviders.inject;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.spi.SecretReference;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One configuration for one consumer, or for every request. Only what it is filled with changes, and at one moment for
 * all its values.
 */
final class Slot {
    private static final Filled NOT_YET =
            new Filled.Missing(List.of(new InjectProblem("", null, Reason.INJECT_UNRESOLVED, "is not resolved yet")));

    /** Its name in events. */
    final String name;

    final InjectConfig config;
    /** The consumer, or null if the values are the same for every request. */
    final @Nullable Requester consumer;

    private volatile Filled filled = NOT_YET;

    /** A consumer, as far as its values depend on it. */
    record Requester(String name, Map<String, String> labels) {
        Requester {
            labels = Map.copyOf(labels);
        }
    }

    Slot(String name, InjectConfig config, @Nullable Requester consumer) {
        this.name = name;
        this.config = config;
        this.consumer = consumer;
    }

    Filled filled() {
        return filled;
    }

    /** Sets what it is filled with. Returns whether values that a companion may remember are no longer right. */
    boolean fill(Filled next) {
        Filled before = filled;
        filled = next;
        return before instanceof Filled.Values values && !values.sameAs(next);
    }

    /** Returns all references that its values may be taken from, but for those that are not well formed. */
    Set<SecretReference> references() {
        Set<SecretReference> references = new LinkedHashSet<>();
        config.forEach((field, value) ->
                value.references().forEach(written -> references.addAll(written.expand(consumerName()))));
        return references;
    }

    /** Returns an alternative of a reference for this slot's consumer, or null if it is not well formed. */
    @Nullable
    SecretReference expand(String alternative) {
        return WrittenReference.expand(alternative, consumerName());
    }

    private @Nullable String consumerName() {
        return consumer == null ? null : consumer.name();
    }

    /** Returns what is wrong now; empty if nothing is. */
    List<InjectProblem> problems() {
        return filled instanceof Filled.Missing missing ? missing.problems() : List.of();
    }
}
