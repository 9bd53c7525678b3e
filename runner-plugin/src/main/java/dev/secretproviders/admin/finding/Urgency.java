package dev.secretproviders.admin.finding;

/** How soon an operator should act on a finding, the most urgent first. The API shows the names in lower case; they are stable. */
public enum Urgency {
    /** Requests are refused now, or may pass without authentication. */
    CRITICAL,
    /** Requests may be refused soon, or a key is at risk. */
    WARNING,
    /** Nothing is broken. A change would make the keys safer or the configuration clearer. */
    NOTICE
}
