package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.Secret;
import io.github.jopenlibs.vault.json.JsonObject;
import java.util.Map;

/** Bodies of requests that write a secret with one field. The driver turns nested maps other than its own into text. */
final class KvBody {
    private KvBody() {}

    /** Returns the body that replaces all fields of a secret. */
    static Map<String, ?> of(KvMount mount, String field, Secret value) {
        return mount.version() == KvVersion.V2
                ? Map.of("data", new JsonObject().add(field, value.reveal()))
                : Map.of(field, value.reveal());
    }

    /** Returns the body for a version 2 engine that creates a secret, and is refused if it has a version already. */
    static Map<String, ?> ofNew(String field, Secret value) {
        return Map.of("data", new JsonObject().add(field, value.reveal()), "options", new JsonObject().add("cas", 0));
    }
}
