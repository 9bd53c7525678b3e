package dev.secretproviders.provider.vault;

import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.DrillPath;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.ObjectSchema;
import dev.secretproviders.spi.ObjectSchema.Field;
import dev.secretproviders.spi.ObjectSchema.FieldType;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes providers that read from HashiCorp Vault or OpenBao. */
public final class VaultProviderFactory implements ProviderFactory {
    private static final URI PLACEHOLDER = URI.create("http://vault.invalid");

    @Override
    public String manager() {
        return "vault";
    }

    @Override
    public ObjectSchema schema() {
        return new ObjectSchema(List.of(
                Field.of("uri", FieldType.URI, "Where Vault or OpenBao answers.")
                        .mandatory()
                        .destined(),
                Field.of("prefix", FieldType.TEXT, "The mount and path below which all secrets of this provider lie."),
                Field.of("namespace", FieldType.TEXT, "The namespace, sent as X-Vault-Namespace.")
                        .destined(),
                Field.of("kv_version", FieldType.TEXT, "The version of the KV engine.")
                        .choices("auto", "kv-v1", "kv-v2", "1", "2"),
                Field.of(
                                "authentication_method",
                                FieldType.TEXT,
                                "API7's name for the way to log in; use auth for others.")
                        .choices("token"),
                Field.of("token", FieldType.SECRET, "The token to log in with, unless auth says otherwise."),
                LoginSettings.schema(),
                DrillPath.schema(),
                Field.section(
                        "tls",
                        "How the connection is protected.",
                        Field.of("verify", FieldType.FLAG, "Whether the server's certificate is checked.")
                                .fallback(true)
                                .destined(),
                        Field.of("ca_file", FieldType.TRUST_FILE, "A PEM file with the authorities to trust.")
                                .destined(),
                        Field.of("cert_file", FieldType.FILE, "A PEM file with the client's certificate."),
                        Field.of("key_file", FieldType.FILE, "A PEM file with the client's private key."))));
    }

    @Override
    public SecretProvider create(ProviderId id, Settings settings, Duration timeout, Credentials credentials) {
        URI uri = settings.httpUri("uri");
        if (uri == null) {
            if (!settings.has("uri")) {
                settings.problem("uri", "is required");
            }
            uri = PLACEHOLDER;
        }
        if (uri.getPath() != null && uri.getPath().matches(".*/v1/*")) {
            settings.problem("uri", "ends with /v1, which is added to it; leave that out");
        }
        VaultPath prefix = prefix(settings);
        String namespace = settings.optionalText("namespace");
        @Nullable KvVersion kvVersion = kvVersion(settings);
        String drillPath = DrillPath.read(settings);
        Settings tlsSection = settings.section("tls");
        VaultLogin login = login(settings, tlsSection, credentials, timeout);
        ProviderReach limits = ProviderReach.of(credentials);
        TlsSettings tls = TlsSettings.read(tlsSection, limits.files());
        VaultClient client = new VaultClient(uri, namespace, tls.context(), limits.outbound(), timeout);
        return new VaultProvider(
                id,
                prefix,
                kvVersion,
                client,
                new VaultSession(id, client, login),
                drillPath,
                namespace,
                hints(prefix, namespace, kvVersion));
    }

    /** What Vault's own paths and tools lead people to write. None of it is wrong for sure: a folder may be called so. */
    private static List<String> hints(VaultPath prefix, @Nullable String namespace, @Nullable KvVersion kvVersion) {
        List<String> hints = new ArrayList<>();
        List<String> segments = prefix.segments();
        if (!segments.isEmpty() && segments.getFirst().equals("v1")) {
            hints.add("prefix begins with 'v1': write it without, as '" + prefix.below(1) + "'");
        }
        if (namespace != null && !prefix.segments().isEmpty() && prefix.startsWith(VaultPath.of(namespace))) {
            hints.add("prefix begins with the namespace: write it without, since namespace says it");
        }
        for (String added : List.of("data", "metadata")) {
            int at = segments.indexOf(added);
            if (at >= 0 && kvVersion != KvVersion.V1) {
                List<String> rest = new ArrayList<>(segments);
                rest.remove(at);
                hints.add("prefix holds '" + added
                        + "', which the runner adds itself for KV version 2: write it without, as '"
                        + String.join("/", rest) + "'");
            }
        }
        return hints;
    }

    private static VaultPath prefix(Settings settings) {
        try {
            return VaultPath.of(settings.text("prefix", ""));
        } catch (IllegalArgumentException e) {
            settings.problem(
                    "prefix", "has a segment '.', '..' or one with '%', '?', '#', '\\' or a control character");
            return VaultPath.of("");
        }
    }

    private static @Nullable KvVersion kvVersion(Settings settings) {
        return switch (settings.choice("kv_version", List.of("auto", "kv-v1", "kv-v2", "1", "2"))) {
            case "kv-v1", "1" -> KvVersion.V1;
            case "kv-v2", "2" -> KvVersion.V2;
            default -> null;
        };
    }

    private static VaultLogin login(Settings settings, Settings tls, Credentials credentials, Duration timeout) {
        // API7's name; its only method is the token.
        settings.choice("authentication_method", List.of("token"));
        Settings auth = settings.section("auth");
        if (!settings.has("auth")) {
            return new VaultLogin.Token(credentials.required(settings, "token"));
        }
        if (settings.has("token")) {
            settings.problem("token", "cannot stand beside auth; write one of the two");
        }
        return LoginSettings.read(auth, tls, credentials, timeout);
    }
}
