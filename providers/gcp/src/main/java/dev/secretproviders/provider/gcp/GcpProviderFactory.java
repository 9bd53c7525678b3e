package dev.secretproviders.provider.gcp;

import dev.secretproviders.limits.ProviderReach;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes providers that read from Google Cloud Secret Manager. The fields are those of APISIX's {@code apisix/secret/gcp.lua},
 * and {@code project_id}, for use without a key.
 */
public final class GcpProviderFactory implements ProviderFactory {
    private static final URI SERVICE = URI.create("https://secretmanager.googleapis.com");
    private static final String PROJECT = "[A-Za-z0-9.:_-]{1,100}";

    private static final Field PROJECT_ID = Field.of(
                    "project_id", FieldType.TEXT, "The project that holds the secrets.")
            .absent("that of auth_config or auth_file, one of which has to name it")
            .build();

    private static final Field AUTH_FILE = Field.of(
                    "auth_file",
                    FieldType.FILE,
                    "A service account key or a configuration of workload identity federation, read again at each"
                            + " login.")
            .excludes("auth_config")
            .destination()
            .build();

    private static final Field SSL_VERIFY = Field.of(
                    "ssl_verify",
                    FieldType.FLAG,
                    "Whether the certificates of Google's servers are checked; false accepts any, for a trial only.")
            .fallback(true)
            .destination()
            .build();

    private static final Field CLIENT_EMAIL = Field.of("client_email", FieldType.TEXT, "The service account.")
            .required()
            .build();

    private static final Field PRIVATE_KEY = Field.of("private_key", FieldType.SECRET, "Its private key, PEM, PKCS #8.")
            .required()
            .build();

    private static final Field PROJECT_OF_CONFIG = Field.of(
                    "project_id", FieldType.TEXT, "The project that holds the secrets.")
            .build();

    private static final Field TOKEN_URI = Field.of("token_uri", FieldType.URI, "Where access tokens come from.")
            .fallback(GcpIdentity.GOOGLE_TOKENS.toString())
            .destination()
            .build();

    private static final Field SCOPE = Field.of("scope", FieldType.TEXTS, "The scopes of access tokens.")
            .absent(String.join(", ", GcpIdentity.CLOUD_PLATFORM))
            .build();

    private static final Field ENTRIES_URI = Field.of("entries_uri", FieldType.URI, "Where Secret Manager answers.")
            .fallback(SERVICE + "/v1")
            .destination()
            .build();

    private static final Field AUTH_CONFIG = Field.section(
                    "auth_config",
                    "The service account's key.",
                    CLIENT_EMAIL,
                    PRIVATE_KEY,
                    PROJECT_OF_CONFIG,
                    TOKEN_URI,
                    SCOPE,
                    ENTRIES_URI)
            .label("Service account")
            .absent("without it and auth_file, application default credentials")
            .build();

    @Override
    public String manager() {
        return "gcp";
    }

    @Override
    public Descriptor descriptor() {
        return Descriptor.of(PROJECT_ID, AUTH_FILE, SSL_VERIFY, AUTH_CONFIG);
    }

    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        FieldValues config = values.section(AUTH_CONFIG);
        boolean hasConfig = values.has(AUTH_CONFIG);
        Path file = values.readableFile(AUTH_FILE);
        ProviderReach limits = ProviderReach.of(credentials);
        GcpIdentity identity = identity(config, hasConfig, file, credentials);
        if (identity instanceof GcpIdentity.ApplicationDefault) {
            limits.usesIdentity(values, AUTH_CONFIG, "without it and auth_file, application default credentials");
        }
        List<String> scopes = config.texts(SCOPE);
        URI endpoint = endpoint(config);
        boolean verify = values.flag(SSL_VERIFY);
        limits.connectsTo(() -> GcpConnections.place(endpoint, verify));
        GcpClient client = new GcpClient(
                endpoint,
                new GcpClient.Login(identity, scopes.isEmpty() ? GcpIdentity.CLOUD_PLATFORM : scopes),
                verify,
                limits.outbound(),
                timeout);
        return new GcpProvider(id, project(values, config, hasConfig, identity), client);
    }

    private static GcpIdentity identity(
            FieldValues config, boolean hasConfig, @Nullable Path file, Credentials credentials) {
        URI tokens = config.httpUri(TOKEN_URI);
        if (hasConfig) {
            return new GcpIdentity.ServiceAccount(
                    config.text(CLIENT_EMAIL),
                    credentials.required(config, PRIVATE_KEY),
                    tokens == null ? GcpIdentity.GOOGLE_TOKENS : tokens);
        }
        return file == null
                ? GcpIdentity.ApplicationDefault.of(System.getenv())
                : new GcpIdentity.KeyFile(file, ProviderReach.of(credentials).files());
    }

    private static String project(FieldValues values, FieldValues config, boolean hasConfig, GcpIdentity identity) {
        String inConfig = config.optionalText(PROJECT_OF_CONFIG);
        String inFile = identity instanceof GcpIdentity.KeyFile file ? GcpCredentials.projectOf(file) : "";
        String own = values.optionalText(PROJECT_ID);
        String project = own != null ? own : inConfig != null ? inConfig : inFile;
        if (project.isEmpty()) {
            String problem = "is required: the project that holds the secrets";
            if (hasConfig) {
                config.problem(PROJECT_OF_CONFIG, problem);
            } else {
                values.problem(PROJECT_ID, problem);
            }
        } else if (!project.matches(PROJECT)) {
            values.problem(
                    PROJECT_ID,
                    project.startsWith("projects/")
                            ? "expected the id or number alone, without 'projects/' and what follows it"
                            : "expected the id or number of a project, such as my-project; a project's display name is"
                                    + " neither");
        }
        return project;
    }

    private static URI endpoint(FieldValues config) {
        URI uri = config.httpUri(ENTRIES_URI);
        if (uri == null) {
            return SERVICE;
        }
        // APISIX writes the API's version into the address; the client library adds it by itself.
        String path = uri.getRawPath();
        if (!path.isEmpty() && !path.equals("/v1")) {
            config.problem(ENTRIES_URI, "expected an address without a path, or with the path /v1");
            return SERVICE;
        }
        return URI.create(uri.getScheme() + "://" + uri.getRawAuthority());
    }
}
