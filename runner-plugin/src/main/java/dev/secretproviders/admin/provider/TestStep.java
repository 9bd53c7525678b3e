package dev.secretproviders.admin.provider;

import java.util.Locale;

/** The steps of a test, in order. Which of them a provider has depends on what its manager is able to do. */
enum TestStep {
    /** The object is valid, and a provider can be made from it. */
    CONFIGURATION,
    /** The name of the server is looked up, and the provider may connect to what it stands for. */
    RESOLVE,
    /** The server takes a connection. */
    CONNECT,
    /** Both sides accept the certificates of the other. */
    TLS,
    /** The manager accepts the provider's own credential. */
    AUTHENTICATE,
    /** The manager answers with the secret. */
    READ,
    /** The version of the secret is known. */
    VERSION;

    /** Returns the name in answers. */
    String shown() {
        return name().toLowerCase(Locale.ROOT);
    }
}
