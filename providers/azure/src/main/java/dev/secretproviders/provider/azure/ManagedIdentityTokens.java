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
 * The tokens of managed identities, which Microsoft's library keeps for the whole process until they expire, up to a day, whoever
 * refuses them and whatever happens to the credential that asked for them. It can neither be told to ask anew nor to forget.
 *
 * @see <a href="https://github.com/AzureAD/microsoft-authentication-library-for-java">its form of a cache</a>
 */
final class ManagedIdentityTokens {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    private ManagedIdentityTokens() {}

    /** Forgets them all: each of them is replaced by nothing that has long expired. Other providers ask for theirs again. */
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
            // Another form than ours: then tokens stay until they expire. The exceptions may quote them.
        }
    }
}
