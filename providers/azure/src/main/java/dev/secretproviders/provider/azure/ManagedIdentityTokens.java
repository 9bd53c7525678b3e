package dev.secretproviders.provider.azure;

import com.microsoft.aad.msal4j.ManagedIdentityApplication;
import com.microsoft.aad.msal4j.MsalException;
import com.microsoft.aad.msal4j.TokenCache;
import dev.secretproviders.provider.shared.SecretJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Access to the tokens of managed identities. Microsoft's library keeps them for the whole process until they expire,
 * up to a day. It does so even after a service rejects them or their credential is closed. It offers no way to drop or
 * renew them.
 *
 * @see <a href="https://github.com/AzureAD/microsoft-authentication-library-for-java">the format of its cache</a>
 */
final class ManagedIdentityTokens {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    private ManagedIdentityTokens() {}

    /** Drops all tokens by replacing each with an expired one. Other providers request theirs again. */
    static void forget() {
        TokenCache cache = ManagedIdentityApplication.getSharedTokenCache();
        try {
            JsonNode all = JSON.readTree(cache.serialize());
            for (JsonNode token : all.path("AccessToken")) {
                if (token instanceof ObjectNode entry) {
                    entry.put("secret", "")
                            .put("cached_at", "0")
                            .put("expires_on", "0")
                            .put("extended_expires_on", "0");
                }
            }
            cache.deserialize(JSON.writeValueAsString(all));
        } catch (JacksonException | MsalException e) {
            // The cache has another format: tokens then stay until they expire. The exceptions may quote them.
        }
    }
}
