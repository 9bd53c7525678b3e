package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.BrowserRequest;
import dev.secretproviders.gateway.GatewayRequest;

/** What requests carry, and so what a key-auth filter must answer. */
public enum Workload {
    /** A consumer's key. */
    ACCEPTED("accepted"),
    /** The same, on a route with hide_credentials. */
    HIDDEN("accepted, key hidden"),
    /** A key that is nobody's. */
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
