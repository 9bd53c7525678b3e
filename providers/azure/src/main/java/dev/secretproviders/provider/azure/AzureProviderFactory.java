package dev.secretproviders.provider.azure;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.spi.ObjectSchema;
import dev.secretproviders.spi.ObjectSchema.Field;
import dev.secretproviders.spi.ObjectSchema.FieldType;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes providers that read from Azure Key Vault. */
public final class AzureProviderFactory implements ProviderFactory {
    private static final URI AUTHORITY = URI.create("https://login.microsoftonline.com");
    private static final URI PLACEHOLDER = URI.create("https://vault.invalid");
    private static final String TOKEN_FILE = "/var/run/secrets/azure/tokens/azure-identity-token";
    private static final List<String> METHODS =
            List.of("managed_identity", "client_secret", "client_certificate", "workload_identity");
    private static final String ID = "[A-Za-z0-9.-]{1,255}";

    private final Map<String, String> environment;

    public AzureProviderFactory() {
        this(System.getenv());
    }

    /** As in a process with these environment variables. */
    AzureProviderFactory(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public String manager() {
        return "azure";
    }

    @Override
    public ObjectSchema schema() {
        return new ObjectSchema(List.of(
                Field.of(
                                "vault_uri",
                                FieldType.URI,
                                "Where the vault answers, such as https://my-vault.vault.azure.net.")
                        .mandatory()
                        .destined(),
                Field.section(
                        "auth",
                        "How to log in to Microsoft Entra ID.",
                        Field.of("method", FieldType.TEXT, "The way to log in.")
                                .choices(METHODS.toArray(String[]::new)),
                        Field.of("tenant_id", FieldType.TEXT, "The directory (tenant) of the application.")
                                .destined(),
                        Field.of(
                                "client_id",
                                FieldType.TEXT,
                                "The application's id; with managed_identity that of a user-assigned one."),
                        Field.of("client_secret", FieldType.SECRET, "The application's secret, for client_secret."),
                        Field.of(
                                "certificate_file",
                                FieldType.FILE,
                                "A PEM file with certificate and private key, for client_certificate."),
                        Field.of(
                                        "token_file",
                                        FieldType.FILE,
                                        "The file with the cluster's token, for workload_identity.")
                                .fallback(TOKEN_FILE),
                        Field.of("authority_host", FieldType.URI, "Where Microsoft Entra ID answers.")
                                .fallback(AUTHORITY.toString())
                                .destined())));
    }

    @Override
    public SecretProvider create(ProviderId id, Settings settings, Duration timeout, Credentials credentials) {
        URI vault = https(settings, "vault_uri", PLACEHOLDER);
        if (!settings.has("vault_uri")) {
            settings.problem("vault_uri", "is required");
        }
        Settings auth = settings.section("auth");
        URI authority = https(auth, "authority_host", AUTHORITY);
        AzureClient client = new AzureClient(
                vault,
                authority,
                identity(auth, credentials),
                ProviderReach.of(credentials).outbound(),
                timeout);
        return new AzureProvider(id, client, InstantSource.system());
    }

    private AzureIdentity identity(Settings auth, Credentials credentials) {
        ProviderReach limits = ProviderReach.of(credentials);
        String method = auth.choice("method", METHODS);
        refuseFieldsOfOthers(auth, method);
        return switch (method) {
            case "client_secret" ->
                new AzureIdentity.ClientSecret(
                        required(auth, "tenant_id", null),
                        required(auth, "client_id", null),
                        credentials.required(auth, "client_secret"));
            case "client_certificate" -> {
                Path file = auth.readableFile("certificate_file");
                if (!auth.has("certificate_file")) {
                    auth.problem("certificate_file", "is required");
                }
                yield new AzureIdentity.ClientCertificate(
                        required(auth, "tenant_id", null),
                        required(auth, "client_id", null),
                        file == null ? Path.of("") : file,
                        limits.files());
            }
            case "workload_identity" -> {
                if (!auth.has("token_file")) {
                    limits.usesIdentity(auth, "method", "workload_identity is the pod's own");
                }
                yield new AzureIdentity.WorkloadIdentity(
                        required(auth, "tenant_id", "AZURE_TENANT_ID"),
                        required(auth, "client_id", "AZURE_CLIENT_ID"),
                        tokenFile(auth, limits));
            }
            default -> {
                limits.usesIdentity(auth, "method", "managed_identity is the machine's own");
                String client = auth.optionalText("client_id");
                yield new AzureIdentity.ManagedIdentity(client == null ? null : checked(auth, "client_id", client));
            }
        };
    }

    /** A field that means nothing to the chosen method is a mistake, or a secret that lies about for nothing. */
    private static void refuseFieldsOfOthers(Settings auth, String method) {
        Map<String, List<String>> methods = Map.of(
                "tenant_id", List.of("client_secret", "client_certificate", "workload_identity"),
                "client_secret", List.of("client_secret"),
                "certificate_file", List.of("client_certificate"),
                "token_file", List.of("workload_identity"));
        methods.forEach((field, takenBy) -> {
            if (auth.has(field) && !takenBy.contains(method)) {
                auth.problem(
                        field,
                        "means nothing to the method " + method + "; it belongs to " + String.join(", ", takenBy));
            }
        });
    }

    private String required(Settings auth, String field, @Nullable String variable) {
        String fallback = variable == null ? "" : environment.getOrDefault(variable, "");
        String value = auth.text(field, fallback);
        if (value.isEmpty()) {
            auth.problem(field, "is required");
            return "none";
        }
        return checked(auth, field, value);
    }

    private static String checked(Settings auth, String field, String value) {
        if (!value.matches(ID)) {
            auth.problem(field, "expected an id such as 11111111-2222-3333-4444-555555555555");
            return "none";
        }
        return value;
    }

    private CredentialFile tokenFile(Settings auth, ProviderReach limits) {
        String mounted = environment.getOrDefault("AZURE_FEDERATED_TOKEN_FILE", TOKEN_FILE);
        String named = auth.optionalText("token_file");
        // What the cluster mounts may lie anywhere; what the object names may not.
        return CredentialFile.of(
                auth, "token_file", named == null ? mounted : named, named == null ? AllowedFiles.ANY : limits.files());
    }

    private static URI https(Settings settings, String field, URI fallback) {
        URI uri = settings.httpUri(field);
        if (uri == null) {
            return fallback;
        }
        if (!"https".equalsIgnoreCase(uri.getScheme()) || !uri.getRawPath().isEmpty()) {
            settings.problem(
                    field,
                    "expected an https address without a path"
                            + (uri.getRawPath().startsWith("/secrets")
                                    ? "; the secret's name stands in the reference"
                                    : ""));
            return fallback;
        }
        return uri;
    }
}
