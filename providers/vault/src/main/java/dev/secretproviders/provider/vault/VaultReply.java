package dev.secretproviders.provider.vault;

import tools.jackson.databind.JsonNode;

/**
 * What was answered to a request.
 *
 * @param status the HTTP status
 * @param body the JSON body, or a missing node if there is none or it is no JSON; holds secrets
 */
record VaultReply(int status, JsonNode body) {
    /**
     * Returns whether Vault itself answered: a refusal lists its errors, everything else brings data, or a warning in their place.
     * An answer of another form comes from what stands before Vault, as a proxy or a load balancer, and says nothing about a
     * secret or a token.
     */
    boolean fromVault() {
        return listsErrors() || data().isObject() || saysVersioned();
    }

    /** Returns whether Vault says that there is nothing at the path: it lists no error. */
    boolean saysMissing() {
        return status == 404 && listsErrors() && body.path("errors").isEmpty();
    }

    /** Returns whether Vault says that the path is not one of a KV version 2 engine, which it does in a warning. */
    boolean saysVersioned() {
        return status == 404 && body.has("request_id") && !body.path("warnings").isEmpty();
    }

    /** Returns what Vault tells, or a missing node. */
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
