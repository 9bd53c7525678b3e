package dev.secretproviders.transport.route;

/** The decisions about keys. */
class KeysOverTheWireTest extends DecisionsOverTheWire {
    KeysOverTheWireTest() {
        super("secret-key-auth", "apikey", "decisions.json");
    }
}
