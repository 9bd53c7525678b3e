package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.BrowserRequest;
import dev.secretproviders.gateway.GatewayRequest;

/** The kind of key in requests, which determines the answer of a key-auth filter. */
public enum Workload {
    /** A consumer's key. */
    ACCEPTED("accepted"),
    /** The same, on a route with hide_credentials. */
    HIDDEN("accepted, key hidden"),
    /** An unknown key. */
    REJECTED("rejected"),
    /** No key. */
    MISSING("no key");

    private final String title;

    Workload(String title) {
        this.title = title;
    }

    /** Returns its name in tables. */
    public String title() {
        return title;
    }

    GatewayRequest request(String key) {
        return this == MISSING ? BrowserRequest.withoutKey() : BrowserRequest.withKey(key);
    }
}
