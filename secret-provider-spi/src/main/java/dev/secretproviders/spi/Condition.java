package dev.secretproviders.spi;

import java.util.List;

/** What another field of the same section has to say, for a {@link Field} to be required or allowed. Immutable. */
public final class Condition {
    private final String field;
    private final List<String> values;

    Condition(String field, String... values) {
        this.field = field;
        this.values = List.of(values);
    }

    /** Returns the name of the other field. */
    public String field() {
        return field;
    }

    /** Returns the values of which it has to have one; empty if it only has to be there. */
    public List<String> values() {
        return values;
    }
}
