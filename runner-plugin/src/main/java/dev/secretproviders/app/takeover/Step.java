package dev.secretproviders.app.takeover;

import java.time.Duration;

/** The messages of a takeover, in their order. */
enum Step {
    /** The new runner: where it will listen. */
    HELLO(Duration.ofSeconds(5)),
    /** The old runner: the key of its digests, so that the new one can read consumers. */
    STATE(Duration.ofSeconds(5)),
    /** The new runner: it has read the consumers and needs the store now. */
    RELEASE(Duration.ofSeconds(90)),
    /** The old runner: the store is closed. How many credentials it cannot decide. */
    RELEASED(Duration.ofSeconds(10)),
    /** The new runner: it can decide as much as the old one, and is about to take the socket's name. */
    TAKING(Duration.ofSeconds(30)),
    /** The old runner: followers of its events were told. The tokens of routes that it knows. */
    GO(Duration.ofSeconds(5)),
    /** The new runner: it serves the socket. */
    TAKEN(Duration.ofSeconds(5)),
    /**
     * The old runner: it has answered everything, and ends. How often and when credentials were used, in several
     * messages, the last of which is empty.
     */
    ENDED(Duration.ofSeconds(60));

    private final Duration patience;

    Step(Duration patience) {
        this.patience = patience;
    }

    /** Returns how long the other side waits for the message. */
    Duration patience() {
        return patience;
    }

    /** Returns what the message is sealed for, so that no message can be taken for another. */
    String label() {
        return "takeover/" + name();
    }
}
