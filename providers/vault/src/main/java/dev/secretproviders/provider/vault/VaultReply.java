package dev.secretproviders.provider.vault;

import tools.jackson.databind.JsonNode;

/**
 * The answer to a request.
 *
 * @param status the HTTP status
 * @param body the JSON body, or a missing node if there is none or it is not JSON; holds secrets
 */
record VaultReply(int status, JsonNode body) {
    /**
     * Returns whether Vault itself answered. Its refusals list errors; its other answers hold data, or warnings
     * instead. An answer in another format comes from a proxy or a load balancer, and says nothing about a secret or a
     * token.
     */
    boolean fromVault() {
        return listsErrors() || data().isObject() || saysVersioned();
    }

    /** Returns whether Vault says that nothing exists at the path: it lists no error. */
    boolean saysMissing() {
        return status == 404 && listsErrors() && body.path("errors").isEmpty();
    }

    /** Returns whether Vault warns that the path does not fit a KV version 2 engine. */
    boolean saysVersioned() {
        return status == 404 && body.has("request_id") && !body.path("warnings").isEmpty();
    }

    /** Returns the data of the answer, or a missing node. */
    JsonNode data() {
        return body.path("data");
    }

    private boolean listsErrors() {
        return status != 200 && body.path("errors").isArray();
    }

    @Override
    public String toString() {
        return "VaultReply[" + status + "]";
    }
}
