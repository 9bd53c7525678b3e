package dev.secretproviders.transport.route;

/** The decisions about user names and passwords. */
class PasswordsOverTheWireTest extends DecisionsOverTheWire {
    PasswordsOverTheWireTest() {
        super("secret-basic-auth", "Basic", "decisions-basic.json");
    }
}
