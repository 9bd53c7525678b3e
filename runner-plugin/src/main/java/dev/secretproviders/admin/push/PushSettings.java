package dev.secretproviders.admin.push;

import dev.secretproviders.settings.Settings;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code events} of the configuration: which clouds may push events. Immutable; reading it does no I/O.
 *
 * @param gcp who may push events of Google Cloud, or null if no sender may
 * @param azure who may push events of Azure, or null if no sender may
 */
public record PushSettings(@Nullable Sender gcp, @Nullable Sender azure) {
    /** No sender may push. */
    public static final PushSettings NONE = new PushSettings(null, null);

    private static final String GOOGLE_KEYS = "https://www.googleapis.com/oauth2/v3/certs";
    private static final String ENTRA = "https://login.microsoftonline.com";
    /** The application of Event Grid in Azure's public cloud. */
    private static final String EVENT_GRID = "4962773b-9cdb-44cf-a8bf-237846a00ab7";
    /** The role that Event Grid's application is given for a webhook. */
    private static final String SUBSCRIBER = "AzureEventGridSecureWebhookSubscriber";

    private static final Pattern ID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern EMAIL = Pattern.compile("[A-Za-z0-9._+-]{1,128}@[A-Za-z0-9.-]{1,128}");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]");

    /**
     * What the token of a sender has to say.
     *
     * @param name the sender, for the audit log and messages
     * @param keys where the public keys are that sign such tokens
     * @param issuers who may have issued it
     * @param audiences for whom it may be, one of them
     * @param claims the claims that it has to have, each with its only value
     * @param role a role that it has to name, or null
     */
    record Sender(
            String name,
            URI keys,
            List<String> issuers,
            List<String> audiences,
            Map<String, String> claims,
            @Nullable String role) {
        Sender {
            issuers = List.copyOf(issuers);
            audiences = List.copyOf(audiences);
            claims = Map.copyOf(claims);
        }
    }

    /** Reads the section. Problems are added to it. */
    public static PushSettings read(Settings section) {
        return new PushSettings(gcp(section), azure(section));
    }

    /** Returns whether anybody may push. */
    public boolean enabled() {
        return gcp != null || azure != null;
    }

    private static @Nullable Sender gcp(Settings events) {
        if (!events.has("gcp")) {
            return null;
        }
        Settings section = events.section("gcp");
        String audience = section.text("audience");
        String account = section.text("service-account");
        URI keys = https(section, "keys-url", GOOGLE_KEYS);
        if (!account.isEmpty() && !EMAIL.matcher(account).matches()) {
            section.problem(
                    "service-account",
                    "expected the e-mail address of the subscription's service account, such as"
                            + " pubsub-push@my-project.iam.gserviceaccount.com");
        }
        return audience.isEmpty() || account.isEmpty() || keys == null
                ? null
                : new Sender(
                        account,
                        keys,
                        List.of("https://accounts.google.com", "accounts.google.com"),
                        List.of(audience),
                        Map.of("email", account, "email_verified", "true"),
                        null);
    }

    private static @Nullable Sender azure(Settings events) {
        if (!events.has("azure")) {
            return null;
        }
        Settings section = events.section("azure");
        String tenant = id(section, "tenant-id", section.text("tenant-id"));
        String application = id(section, "application-id", section.text("application-id", EVENT_GRID));
        List<String> audiences = section.texts("audience");
        URI authority = https(section, "authority-host", ENTRA);
        if (audiences.isEmpty()) {
            section.problem(
                    "audience", "is required: the id or URI of the application that the event subscription names");
        }
        if (tenant.isEmpty() || application.isEmpty() || audiences.isEmpty() || authority == null) {
            return null;
        }
        return new Sender(
                "event-grid",
                URI.create(authority + "/" + tenant + "/discovery/v2.0/keys"),
                List.of(issuerOfFirstVersion(authority) + "/" + tenant + "/", authority + "/" + tenant + "/v2.0"),
                audiences,
                // Tokens of the first version name the application in appid, those of the second in azp.
                Map.of("appid|azp", application),
                SUBSCRIBER);
    }

    private static String issuerOfFirstVersion(URI authority) {
        String host = String.valueOf(authority.getHost()).toLowerCase(Locale.ROOT);
        return host.endsWith(".cn") ? "https://sts.chinacloudapi.cn" : "https://sts.windows.net";
    }

    private static String id(Settings section, String field, String text) {
        if (!text.isEmpty() && !ID.matcher(text).matches()) {
            section.problem(field, "expected an id such as 11111111-2222-3333-4444-555555555555");
            return "";
        }
        return text.toLowerCase(Locale.ROOT);
    }

    /** An attacker who changes keys on the way could sign tokens. */
    private static @Nullable URI https(Settings section, String field, String usual) {
        if (!section.has(field)) {
            return URI.create(usual);
        }
        URI address = section.httpUri(field);
        if (address != null
                && !"https".equalsIgnoreCase(address.getScheme())
                && !LOOPBACK.matcher(address.getHost().toLowerCase(Locale.ROOT)).matches()) {
            section.problem(field, "expected https: who can change what is sent over http can send events");
            return null;
        }
        return address;
    }
}
