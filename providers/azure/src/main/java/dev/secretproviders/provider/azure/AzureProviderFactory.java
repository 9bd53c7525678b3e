package dev.secretproviders.provider.azure;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.Place;
import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes providers that read from Azure Key Vault. */
public final class AzureProviderFactory implements ProviderFactory {
    private static final URI AUTHORITY = URI.create("https://login.microsoftonline.com");
    private static final URI PLACEHOLDER = URI.create("https://vault.invalid");
    private static final String TOKEN_FILE = "/var/run/secrets/azure/tokens/azure-identity-token";
    private static final String ID = "[A-Za-z0-9.-]{1,255}";
    private static final String ID_WORDS = "an id such as 11111111-2222-3333-4444-555555555555";

    private static final Field VAULT_URI = Field.of("vault_uri", FieldType.URI, "Where the vault answers, https.")
            .example("https://my-vault.vault.azure.net")
            .required()
            .destination()
            .build();

    private static final Field METHOD = Field.of("method", FieldType.TEXT, "The way to log in.")
            .choices("managed_identity", "client_secret", "client_certificate", "workload_identity")
            .build();

    private static final Field TENANT_ID = Field.of(
                    "tenant_id", FieldType.TEXT, "The directory (tenant) of the application.")
            .absent("for workload_identity the variable AZURE_TENANT_ID")
            .pattern(ID, ID_WORDS)
            .requiredWhen("method", "client_secret", "client_certificate")
            .onlyWhen("method", "client_secret", "client_certificate", "workload_identity")
            .destination()
            .build();

    private static final Field CLIENT_ID = Field.of(
                    "client_id",
                    FieldType.TEXT,
                    "The application's id; with managed_identity that of a user-assigned identity, if there are"
                            + " several.")
            .absent("for workload_identity the variable AZURE_CLIENT_ID")
            .pattern(ID, ID_WORDS)
            .requiredWhen("method", "client_secret", "client_certificate")
            .build();

    private static final Field CLIENT_SECRET = Field.of("client_secret", FieldType.SECRET, "The application's secret.")
            .requiredWhen("method", "client_secret")
            .onlyWhen("method", "client_secret")
            .build();

    private static final Field CERTIFICATE_FILE = Field.of(
                    "certificate_file",
                    FieldType.FILE,
                    "A PEM file with the certificate and its private key (PKCS #8).")
            .requiredWhen("method", "client_certificate")
            .onlyWhen("method", "client_certificate")
            .build();

    private static final Field TOKEN_FILE_FIELD = Field.of(
                    "token_file", FieldType.FILE, "The file with the cluster's token.")
            .fallback(TOKEN_FILE)
            .onlyWhen("method", "workload_identity")
            .build();

    private static final Field AUTHORITY_HOST = Field.of(
                    "authority_host",
                    FieldType.URI,
                    "Where Microsoft Entra ID answers; another one for national clouds, such as"
                            + " https://login.chinacloudapi.cn.")
            .fallback(AUTHORITY.toString())
            .destination()
            .build();

    private static final Field AUTH = Field.section(
                    "auth",
                    "How to log in to Microsoft Entra ID.",
                    METHOD,
                    TENANT_ID,
                    CLIENT_ID,
                    CLIENT_SECRET,
                    CERTIFICATE_FILE,
                    TOKEN_FILE_FIELD,
                    AUTHORITY_HOST)
            .label("Login")
            .build();

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
    public Descriptor descriptor() {
        return Descriptor.of(VAULT_URI, AUTH);
    }

    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        URI vault = https(values, VAULT_URI, PLACEHOLDER);
        FieldValues auth = values.section(AUTH);
        URI authority = https(auth, AUTHORITY_HOST, AUTHORITY);
        Place place = new Place(vault, null);
        ProviderReach.of(credentials).connectsTo(() -> place);
        AzureClient client = new AzureClient(
                vault,
                authority,
                identity(auth, credentials),
                ProviderReach.of(credentials).outbound(),
                timeout);
        return new AzureProvider(id, client, InstantSource.system());
    }

    private AzureIdentity identity(FieldValues auth, Credentials credentials) {
        ProviderReach limits = ProviderReach.of(credentials);
        String method = auth.text(METHOD);
        return switch (method) {
            case "client_secret" ->
                new AzureIdentity.ClientSecret(
                        required(auth, TENANT_ID, null),
                        required(auth, CLIENT_ID, null),
                        credentials.required(auth, CLIENT_SECRET));
            case "client_certificate" -> {
                Path file = auth.readableFile(CERTIFICATE_FILE);
                yield new AzureIdentity.ClientCertificate(
                        required(auth, TENANT_ID, null),
                        required(auth, CLIENT_ID, null),
                        file == null ? Path.of("") : file,
                        limits.files());
            }
            case "workload_identity" -> {
                if (!auth.has(TOKEN_FILE_FIELD)) {
                    limits.usesIdentity(auth, METHOD, "workload_identity is the pod's own");
                }
                yield new AzureIdentity.WorkloadIdentity(
                        required(auth, TENANT_ID, "AZURE_TENANT_ID"),
                        required(auth, CLIENT_ID, "AZURE_CLIENT_ID"),
                        tokenFile(auth, limits));
            }
            default -> {
                limits.usesIdentity(auth, METHOD, "managed_identity is the machine's own");
                yield new AzureIdentity.ManagedIdentity(auth.optionalText(CLIENT_ID));
            }
        };
    }

    private String required(FieldValues auth, Field field, @Nullable String variable) {
        String value = auth.optionalText(field);
        if (value != null) {
            return value;
        }
        String fallback = variable == null ? "" : environment.getOrDefault(variable, "");
        if (!fallback.matches(ID)) {
            auth.problem(field, fallback.isEmpty() ? "is required" : "expected " + ID_WORDS + " in " + variable);
            return "none";
        }
        return fallback;
    }

    private CredentialFile tokenFile(FieldValues auth, ProviderReach limits) {
        String mounted = environment.getOrDefault("AZURE_FEDERATED_TOKEN_FILE", TOKEN_FILE);
        boolean named = auth.has(TOKEN_FILE_FIELD);
        // What the cluster mounts may lie anywhere; what the object names may not.
        return CredentialFile.of(
                auth,
                TOKEN_FILE_FIELD,
                named ? auth.text(TOKEN_FILE_FIELD) : mounted,
                named ? limits.files() : AllowedFiles.ANY);
    }

    private static URI https(FieldValues values, Field field, URI fallback) {
        URI uri = values.httpUri(field);
        if (uri == null) {
            return fallback;
        }
        if (!"https".equalsIgnoreCase(uri.getScheme()) || !uri.getRawPath().isEmpty()) {
            values.problem(
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
