package dev.secretproviders.auth;

import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import org.jspecify.annotations.Nullable;

/** Makes identities for tests in other packages. */
public final class Identities {
    private Identities() {}

    public static Identity of(Consumer consumer, @Nullable Credential credential) {
        return new Identity(consumer, credential);
    }
}
