package dev.secretproviders.benchmarks.subject;

import java.util.List;

/** The kind of requests, which determines the answer of a filter. */
public enum Workload {
    /** A consumer's key. */
    ACCEPTED("accepted"),
    /** The same, on a route with hide_credentials. */
    HIDDEN("accepted, key hidden"),
    /** An unknown key. */
    REJECTED("rejected"),
    /** No key. */
    MISSING("no key"),
    /** Any request, on a route that sends two secrets to its upstream. */
    INJECTED("two headers of secret-inject"),
    /** A user name and a password. */
    BASIC("basic"),
    /** A token that a secret verifies. */
    JWT_HS256("JWT HS256"),
    /** A token of an elliptic curve's key; the same ones again and again, so that they are remembered. */
    JWT_ES256("JWT ES256, remembered"),
    /** A token of an RSA key, likewise. */
    JWT_RS256("JWT RS256, remembered"),
    /** A signature that covers the date. */
    HMAC("HMAC of the date"),
    /** A signature that covers the target, too, which the runner has to ask for. */
    HMAC_WITH_TARGET("HMAC of date and target, asked for");

    /** Those of keys, and of secrets for upstreams. */
    public static final List<Workload> OF_KEYS = List.of(ACCEPTED, HIDDEN, REJECTED, MISSING, INJECTED);

    private final String title;

    Workload(String title) {
        this.title = title;
    }

    /** Returns its name in tables. */
    public String title() {
        return title;
    }
}
