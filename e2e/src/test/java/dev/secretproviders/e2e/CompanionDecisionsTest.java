package dev.secretproviders.e2e;

/** The table of native {@code key-auth}, by the companion. */
class CompanionDecisionsTest extends CompanionDecisions {
    CompanionDecisionsTest() {
        super("secret-key-auth", "apikey", "decisions.json");
    }
}
