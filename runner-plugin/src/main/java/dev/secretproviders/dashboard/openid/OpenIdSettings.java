package dev.secretproviders.dashboard.openid;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.EnvironmentSecret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code dashboard.oidc} of the configuration. Immutable; reading it does no network I/O.
 *
 * @param issuer the provider's issuer
 * @param client how the runner presents itself to the provider
 * @param scopes the scopes to ask for; {@code openid} is among them
 * @param claims the names of the claims that are read
 * @param grants what the members of groups may do, in the order of the configuration
 * @param tls whom to trust
 */
public record OpenIdSettings(
        URI issuer, Client client, Set<String> scopes, Claims claims, List<GroupGrant> grants, TlsSettings tls) {
    private static final List<String> SCOPES = List.of("openid", "profile");
    private static final Pattern SCOPE = Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]{1,100}");
    private static final Pattern PATTERN = Pattern.compile("[a-z0-9_*-]{1,64}/[a-zA-Z0-9_.*-]{1,256}");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]");
    private static final int LONGEST_SECRET = 4_096;

    public OpenIdSettings {
        scopes = Set.copyOf(scopes);
        grants = List.copyOf(grants);
    }

    /**
     * How the runner presents itself.
     *
     * @param secret the client's secret, or null if it is in the file or there is none
     * @param secretFile the file with the client's secret, or null
     * @param back where the provider sends the browser after a log-in
     * @param home the dashboard's address, where the provider sends the browser after a log-out
     */
    public record Client(
            String id, @Nullable Secret secret, @Nullable Path secretFile, URI back, URI home) {

        /**
         * Returns the secret, read again from its file, or null for a public client. The caller closes a copy.
         *
         * @throws IOException if the file cannot be read
         */
        @Nullable
        Secret currentSecret() throws IOException {
            if (secretFile == null) {
                return secret == null ? null : Secret.ofUtf8(secret.reveal());
            }
            String text = Files.readString(secretFile).strip();
            if (text.isEmpty() || text.length() > LONGEST_SECRET) {
                throw new IOException("the file is empty or too long");
            }
            return Secret.ofUtf8(text);
        }
    }

    /**
     * The names of claims.
     *
     * @param groups the claim with the user's groups
     * @param name the claim with the user's name
     */
    public record Claims(String groups, String name) {}

    /**
     * Reads the section. Problems go to it.
     *
     * @param dashboard the section {@code dashboard}
     * @param environment where {@code $env://NAME} is looked up
     * @return null if there is no section, or if it has a problem that is reported
     */
    public static @Nullable OpenIdSettings read(Settings dashboard, Map<String, String> environment) {
        if (!dashboard.has("oidc")) {
            return null;
        }
        Settings section = dashboard.section("oidc");
        URI issuer = issuer(section);
        Client client = client(section, dashboard, environment);
        Set<String> scopes = scopes(section);
        Claims claims = new Claims(section.text("groups-claim", "groups"), section.text("name-claim", "name"));
        List<GroupGrant> grants = grants(section);
        TlsSettings tls = tls(section);
        return issuer == null || client == null || grants.isEmpty()
                ? null
                : new OpenIdSettings(issuer, client, scopes, claims, grants, tls);
    }

    private static @Nullable URI issuer(Settings section) {
        if (section.text("issuer").isEmpty()) {
            return null;
        }
        URI issuer = section.httpUri("issuer");
        if (issuer != null && !secure(issuer)) {
            section.problem("issuer", "expected https: who can change what is sent over http can log in as anyone");
            return null;
        }
        if (issuer != null && issuer.getRawFragment() != null) {
            section.problem("issuer", "expected an address without #");
            return null;
        }
        return issuer;
    }

    /** Returns whether what is sent to an address cannot be read or changed on the way. */
    static boolean secure(URI address) {
        String host = address.getHost();
        return "https".equalsIgnoreCase(address.getScheme())
                || ("http".equalsIgnoreCase(address.getScheme())
                        && host != null
                        && LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches());
    }

    private static @Nullable Client client(Settings section, Settings dashboard, Map<String, String> environment) {
        String id = section.text("client-id");
        Secret secret = EnvironmentSecret.read(section, "client-secret", environment);
        Path file = section.readableFile("client-secret-file");
        if (secret != null && file != null) {
            section.problem("client-secret-file", "cannot be set together with client-secret; keep one of them");
        }
        URI url = dashboard.httpUri("url");
        if (url == null) {
            if (!dashboard.has("url")) {
                dashboard.problem(
                        "url",
                        "is required by dashboard.oidc: the address of this runner in browsers, such as"
                                + " https://runner.example:9180. The provider sends browsers back there");
            }
            return null;
        }
        return id.isEmpty()
                ? null
                : new Client(
                        id,
                        secret,
                        file,
                        URI.create(url + OpenIdLogin.BACK_PATH),
                        URI.create(url + OpenIdLogin.HOME_PATH));
    }

    private static Set<String> scopes(Settings section) {
        List<String> named = section.texts("scopes");
        Set<String> scopes = new LinkedHashSet<>(named.isEmpty() ? SCOPES : named);
        scopes.add("openid");
        if (!scopes.stream().allMatch(scope -> SCOPE.matcher(scope).matches())) {
            section.problem("scopes", "expected names of scopes without blanks, such as [openid, profile, groups]");
        }
        return scopes;
    }

    private static List<GroupGrant> grants(Settings section) {
        List<GroupGrant> grants = new ArrayList<>();
        Set<String> groups = new HashSet<>();
        for (Settings entry : section.list("roles")) {
            String group = entry.text("group");
            if (!group.isEmpty() && !groups.add(group)) {
                entry.problem("group", "is named by an earlier entry, too; put its roles there");
            }
            grants.add(new GroupGrant(group, roles(entry), scope(entry)));
        }
        if (grants.isEmpty()) {
            section.problem(
                    "roles",
                    "is required: a list of groups with their roles, such as [{group: platform, roles: [admin]}]."
                            + " Otherwise no user may log in");
        }
        return grants;
    }

    private static Set<Role> roles(Settings entry) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String name : entry.texts("roles")) {
            Arrays.stream(Role.values())
                    .filter(role -> role.text().equalsIgnoreCase(name))
                    .findFirst()
                    .ifPresentOrElse(
                            roles::add,
                            () -> entry.problem(
                                    "roles",
                                    "expected some of "
                                            + String.join(
                                                    ", ",
                                                    Arrays.stream(Role.values())
                                                            .map(Role::text)
                                                            .toList())));
        }
        if (roles.isEmpty() && !entry.has("roles")) {
            entry.problem("roles", "is required");
        }
        return roles;
    }

    private static Scope scope(Settings entry) {
        if (!entry.has("scope")) {
            return Scope.ALL;
        }
        Settings section = entry.section("scope");
        List<String> providers = section.texts("providers");
        if (!providers.stream().allMatch(text -> PATTERN.matcher(text).matches())) {
            section.problem("providers", "expected patterns of manager/id, such as vault/prod-*");
        }
        Map<String, String> labels = section.map("labels");
        if (providers.isEmpty() && labels.isEmpty()) {
            // Otherwise an empty scope would mean every provider.
            entry.problem("scope", "names neither providers nor labels; leave it out for all providers");
        }
        return new Scope(providers, labels);
    }

    private static TlsSettings tls(Settings section) {
        Settings tls = section.section("tls");
        Path file = tls.trustFile("ca_file");
        if (file == null) {
            return TlsSettings.DEFAULT;
        }
        try {
            return TlsSettings.ofPem(Files.readAllBytes(file), null, null, true);
        } catch (IOException | GeneralSecurityException e) {
            tls.problem("ca_file", "names a file without PEM certificates");
            return TlsSettings.DEFAULT;
        }
    }
}
