package dev.secretproviders.event;

import static dev.secretproviders.event.SecretEvent.text;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Events of Azure Key Vault, as Event Grid sends them, in its own schema ({@code eventType}) or as CloudEvents ({@code
 * type}).
 *
 * @see <a href="https://learn.microsoft.com/azure/event-grid/event-schema-key-vault">Azure Key Vault as Event Grid
 *     source</a>
 */
public final class EventGrid {
    static final String MANAGER = "azure";

    private static final String PREFIX = "Microsoft.";
    private static final String KEY_VAULT = "Microsoft.KeyVault.";
    private static final String VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent";

    /** A certificate's versions are also versions of the secret with its name. */
    private static final Set<String> CHANGES = Set.of(
            KEY_VAULT + "SecretNewVersionCreated",
            KEY_VAULT + "SecretExpired",
            KEY_VAULT + "CertificateNewVersionCreated",
            KEY_VAULT + "CertificateExpired");

    private static final Pattern ID = Pattern.compile("(?i)(?:.*/)?(?:secrets|certificates)/([^/]+)(?:/[^/]*)?");

    private EventGrid() {}

    static boolean claims(JsonNode body) {
        return type(body).startsWith(PREFIX);
    }

    /**
     * Reads one event.
     *
     * @return null for a kind that changes no secret
     * @throws UnreadableEventException if it is no event of Key Vault
     */
    public static @Nullable SecretEvent read(JsonNode body) throws UnreadableEventException {
        String type = type(body);
        if (!type.startsWith(KEY_VAULT)) {
            throw new UnreadableEventException("eventType or type: expected an event of Key Vault, such as " + KEY_VAULT
                    + "SecretNewVersionCreated");
        }
        if (!CHANGES.contains(type)) {
            return null;
        }
        Set<String> names = new LinkedHashSet<>();
        JsonNode data = body.path("data");
        for (JsonNode place : List.of(data.path("ObjectName"), data.path("Id"), body.path("subject"))) {
            // An id is the URL of a version: https://VAULT/secrets/NAME/VERSION.
            Matcher id = ID.matcher(text(place));
            names.add(id.matches() ? id.group(1) : text(place));
        }
        names.remove("");
        if (names.isEmpty()) {
            throw new UnreadableEventException("data.ObjectName: is required, the name of the secret");
        }
        return SecretEvent.of(MANAGER, names);
    }

    /** Returns the code with which Event Grid asks whether events are wanted, or null if the event does not ask. */
    public static @Nullable String validationCode(JsonNode body) throws UnreadableEventException {
        if (!type(body).equals(VALIDATION)) {
            return null;
        }
        String code = text(body.path("data").path("validationCode"));
        if (!code.matches("[A-Za-z0-9-]{1,128}")) {
            throw new UnreadableEventException("data.validationCode: expected letters, digits and hyphens");
        }
        return code;
    }

    private static String type(JsonNode body) {
        String type = text(body.path("eventType"));
        return type.isEmpty() ? text(body.path("type")) : type;
    }
}
