package dev.secretproviders.gateway;

import java.util.Arrays;
import java.util.OptionalInt;

/** The request methods that have a number on the wire. */
final class Method {
    private Method() {}

    /** Returns the number; method names are case-sensitive. */
    static OptionalInt number(String method) {
        int index = Arrays.asList(io.github.api7.A6.Method.names).indexOf(method);
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
    }
}
