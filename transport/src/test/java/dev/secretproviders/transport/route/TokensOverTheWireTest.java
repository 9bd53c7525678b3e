package dev.secretproviders.transport.route;

/** The decisions about tokens, with those that are made off the event loop. */
class TokensOverTheWireTest extends DecisionsOverTheWire {
    TokensOverTheWireTest() {
        super("secret-jwt-auth", "Bearer", "decisions-jwt.json");
    }
}
