package dev.secretproviders.provider.vault;

import dev.secretproviders.limits.Place;
import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.DrillPath;
import dev.secretproviders.provider.shared.TlsFields;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes providers that read from HashiCorp Vault or OpenBao. */
public final class VaultProviderFactory implements ProviderFactory {
    private static final Field URI_FIELD = Field.of("uri", FieldType.URI, "Where Vault or OpenBao answers.")
            .example("https://vault.example:8200")
            .required()
            .destination()
            .build();

    private static final Field PREFIX = Field.of(
                    "prefix",
                    FieldType.TEXT,
                    "The path that all secrets of this provider lie below, mount included, without data/. No reference"
                            + " leaves it.")
            .example("kv/apisix")
            .build();

    private static final Field PKI = Field.of(
                    "pki",
                    FieldType.TEXT,
                    "The path of the PKI engine that issues certificates; without it, this provider issues none.")
            .label("PKI engine")
            .example("pki")
            .build();

    private static final Field NAMESPACE = Field.of(
                    "namespace", FieldType.TEXT, "The namespace, sent as X-Vault-Namespace with every request.")
            .destination()
            .build();

    private static final Field KV_VERSION = Field.of("kv_version", FieldType.TEXT, "The version of the KV engine.")
            .label("KV version")
            .choices("auto", "kv-v1", "kv-v2", "1", "2")
            .build();

    private static final Field AUTHENTICATION_METHOD = Field.of(
                    "authentication_method", FieldType.TEXT, "API7's name for the way to log in; use auth for others.")
            .choices("token")
            .build();

    private static final Field TOKEN = Field.of(
                    "token", FieldType.SECRET, "The token to log in with; required without auth.")
            .excludes("auth")
            .build();

    private static final Field TLS = TlsFields.section("How the connection is protected.");

    private static final Descriptor DESCRIPTOR = Descriptor.of(
            URI_FIELD,
            PREFIX,
            PKI,
            NAMESPACE,
            KV_VERSION,
            AUTHENTICATION_METHOD,
            TOKEN,
            LoginSettings.AUTH,
            DrillPath.FIELD,
            TLS);

    private static final URI PLACEHOLDER = URI.create("http://vault.invalid");

    @Override
    public String manager() {
        return "vault";
    }

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        URI uri = values.httpUri(URI_FIELD);
        if (uri == null) {
            uri = PLACEHOLDER;
        }
        if (uri.getPath() != null && uri.getPath().matches(".*/v1/*")) {
            values.problem(URI_FIELD, "ends with /v1, which is added to it; leave that out");
        }
        VaultPath prefix = path(values, PREFIX);
        VaultPath pki = path(values, PKI);
        String namespace = values.optionalText(NAMESPACE);
        @Nullable KvVersion kvVersion = kvVersion(values);
        String drillPath = DrillPath.read(values);
        FieldValues tlsSection = values.section(TLS);
        VaultLogin login = login(values, tlsSection, credentials, timeout);
        ProviderReach limits = ProviderReach.of(credentials);
        TlsSettings tls = TlsSettings.read(tlsSection, limits.files());
        Place place = new Place(uri, tls.context());
        limits.connectsTo(() -> place);
        VaultClient client = new VaultClient(uri, namespace, tls.context(), limits.outbound(), timeout);
        List<String> hints = hints(prefix, namespace, kvVersion);
        VaultReads reads = new VaultReads(client, new VaultSession(id, client, login));
        KvMounts mounts = new KvMounts(reads, kvVersion, namespace, hints);
        VaultObject object =
                new VaultObject(id, prefix, drillPath, pki.segments().isEmpty() ? null : pki, hints);
        return new VaultProvider(object, reads, mounts);
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

    private static VaultPath path(FieldValues values, Field field) {
        try {
            String path = values.optionalText(field);
            return VaultPath.of(path == null ? "" : path);
        } catch (IllegalArgumentException e) {
            values.problem(field, "has a segment '.', '..' or one with '%', '?', '#', '\\' or a control character");
            return VaultPath.of("");
        }
    }

    private static @Nullable KvVersion kvVersion(FieldValues values) {
        return switch (values.text(KV_VERSION)) {
            case "kv-v1", "1" -> KvVersion.V1;
            case "kv-v2", "2" -> KvVersion.V2;
            default -> null;
        };
    }

    private static VaultLogin login(FieldValues values, FieldValues tls, Credentials credentials, Duration timeout) {
        // API7's name; its only method is the token.
        values.text(AUTHENTICATION_METHOD);
        CredentialSource token = credentials.optional(values, TOKEN);
        FieldValues auth = values.section(LoginSettings.AUTH);
        if (values.has(LoginSettings.AUTH)) {
            return LoginSettings.read(auth, tls, credentials, timeout);
        }
        return new VaultLogin.Token(token == null ? credentials.required(values, TOKEN) : token);
    }
}
