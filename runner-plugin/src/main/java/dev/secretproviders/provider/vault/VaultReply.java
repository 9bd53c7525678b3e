package dev.secretproviders.provider.vault;

import tools.jackson.databind.JsonNode;

/**
 * What Vault answered to a read.
 *
 * @param status the HTTP status
 * @param body the JSON body, or a missing node if there is none; holds secrets
 */
record VaultReply(int status, JsonNode body) {
    @Override
    public String toString() {
        return "VaultReply[" + status + "]";
    }
}
