package dev.secretproviders.consumer;

import tools.jackson.databind.node.ObjectNode;

/**
 * One of APISIX's own secret objects ({@code apisix/secrets/<manager>/<id>}), read for an import.
 *
 * @param manager the secret manager, for example {@code vault}
 * @param id the object's id
 * @param object its fields as APISIX keeps them: tokens stand in it in clear
 */
public record SecretObject(String manager, String id, ObjectNode object) {

    /** Says which one it is, and nothing of its fields. */
    @Override
    public String toString() {
        return "SecretObject[" + manager + "/" + id + "]";
    }
}
