package dev.secretproviders.transport.wire;

/** What to ask APISIX for, on the connection of the request, before filters of others run. */
public sealed interface InfoWanted {
    /** The value of a variable of nginx or APISIX. */
    record Variable(String name) implements InfoWanted {}

    /** The body of the client's request. */
    record RequestBody() implements InfoWanted {}

    /** The body of the upstream's response. */
    record ResponseBody() implements InfoWanted {}
}
