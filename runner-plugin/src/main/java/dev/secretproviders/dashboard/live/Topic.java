package dev.secretproviders.dashboard.live;

import java.time.Duration;
import java.util.Locale;

/** Something that a page can show and that changes by itself. */
public enum Topic {
    /** Figures of the runner as a whole. */
    OVERVIEW(Duration.ofSeconds(10)),
    /** Provider objects and their state. */
    PROVIDERS(Duration.ofSeconds(30)),
    /** References and their state. */
    REFERENCES(Duration.ofSeconds(30)),
    /** Local secrets and their versions. */
    SECRETS(Duration.ofSeconds(5)),
    /** Certificates and their states. */
    CERTIFICATES(Duration.ofSeconds(10)),
    /** Consumers and their credentials. */
    CONSUMERS(Duration.ofSeconds(30)),
    /** Rotations and their overlaps. */
    ROTATIONS(Duration.ofSeconds(10)),
    /** Findings. */
    FINDINGS(Duration.ofSeconds(30)),
    /** Records of the audit log. */
    AUDIT(Duration.ofSeconds(10)),
    /** The progress of a verification of the audit log. */
    VERIFICATION(Duration.ofSeconds(2)),
    /** The runners that share the store. */
    RUNNERS(Duration.ofSeconds(10));

    private final Duration atLeastEvery;

    Topic(Duration atLeastEvery) {
        this.atLeastEvery = atLeastEvery;
    }

    /** Returns the name in the query and in events. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns after what time a page is told even without a report of a change: ages and counts change silently. */
    Duration atLeastEvery() {
        return atLeastEvery;
    }
}
