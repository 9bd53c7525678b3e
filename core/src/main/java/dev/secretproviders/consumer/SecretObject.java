package dev.secretproviders.consumer;

import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One of APISIX's own secret objects ({@code apisix/secrets/<manager>/<id>}), read for an import.
 *
 * @param manager the secret manager, for example {@code vault}
 * @param id the object's id
 * @param object the fields as APISIX keeps them, with tokens in clear
 */
public record SecretObject(String manager, String id, ObjectNode object) {

    /** Returns the object at a place such as {@code vault/prod}; empty if the place is not valid. */
    static Optional<SecretObject> read(String place, JsonNode object) {
        int slash = place.indexOf('/');
        return slash > 0 && slash < place.length() - 1 && object instanceof ObjectNode fields
                ? Optional.of(new SecretObject(place.substring(0, slash), place.substring(slash + 1), fields))
                : Optional.empty();
    }

    /** Names the object, without its fields. */
    @Override
    public String toString() {
        return "SecretObject[" + manager + "/" + id + "]";
    }
}
