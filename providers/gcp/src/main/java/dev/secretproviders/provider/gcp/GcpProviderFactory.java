package dev.secretproviders.provider.gcp;

import dev.secretproviders.limits.ProviderReach;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes providers that read from Google Cloud Secret Manager. The fields are those of APISIX's {@code apisix/secret/gcp.lua},
 * and {@code project_id} for whoever has no key.
 */
public final class GcpProviderFactory implements ProviderFactory {
    private static final URI SERVICE = URI.create("https://secretmanager.googleapis.com");
    private static final String PROJECT = "[A-Za-z0-9.:_-]{1,100}";

    @Override
    public String manager() {
        return "gcp";
    }

    @Override
    public ObjectSchema schema() {
        return new ObjectSchema(List.of(
                Field.of("project_id", FieldType.TEXT, "The project that holds the secrets."),
                Field.of("auth_file", FieldType.FILE, "A file with the service account's key.")
                        .destined(),
                Field.of("ssl_verify", FieldType.FLAG, "Whether the certificates of Google's servers are checked.")
                        .fallback(true)
                        .destined(),
                Field.section(
                        "auth_config",
                        "The service account's key; without it and auth_file, application default credentials.",
                        Field.of("client_email", FieldType.TEXT, "The service account."),
                        Field.of("private_key", FieldType.SECRET, "Its private key, PEM, PKCS #8."),
                        Field.of("project_id", FieldType.TEXT, "The project that holds the secrets."),
                        Field.of("token_uri", FieldType.URI, "Where access tokens are handed out.")
                                .fallback(GcpIdentity.GOOGLE_TOKENS.toString())
                                .destined(),
                        Field.of("scope", FieldType.TEXTS, "The scopes of access tokens."),
                        Field.of("entries_uri", FieldType.URI, "Where Secret Manager answers.")
                                .fallback(SERVICE + "/v1")
                                .destined())));
    }

    @Override
    public SecretProvider create(ProviderId id, Settings settings, Duration timeout, Credentials credentials) {
        Settings config = settings.section("auth_config");
        boolean hasConfig = settings.has("auth_config");
        Path file = settings.readableFile("auth_file");
        if (hasConfig && settings.has("auth_file")) {
            settings.problem("auth_file", "cannot stand beside auth_config; write one of the two");
        }
        ProviderReach limits = ProviderReach.of(credentials);
        GcpIdentity identity = identity(config, hasConfig, file, credentials);
        if (identity instanceof GcpIdentity.ApplicationDefault) {
            limits.usesIdentity(settings, "auth_config", "without it and auth_file, application default credentials");
        }
        List<String> scopes = config.texts("scope");
        GcpClient client = new GcpClient(
                endpoint(config),
                identity,
                scopes.isEmpty() ? GcpIdentity.CLOUD_PLATFORM : scopes,
                settings.flag("ssl_verify", true),
                limits.outbound(),
                timeout);
        return new GcpProvider(id, project(settings, config, hasConfig, identity), client);
    }

    private static GcpIdentity identity(
            Settings config, boolean hasConfig, @Nullable Path file, Credentials credentials) {
        URI tokens = config.httpUri("token_uri");
        if (hasConfig) {
            return new GcpIdentity.ServiceAccount(
                    config.text("client_email"),
                    credentials.required(config, "private_key"),
                    tokens == null ? GcpIdentity.GOOGLE_TOKENS : tokens);
        }
        return file == null
                ? GcpIdentity.ApplicationDefault.of(System.getenv())
                : new GcpIdentity.KeyFile(file, ProviderReach.of(credentials).files());
    }

    private static String project(Settings settings, Settings config, boolean hasConfig, GcpIdentity identity) {
        String inConfig = config.optionalText("project_id");
        String inFile = identity instanceof GcpIdentity.KeyFile file ? GcpCredentials.projectOf(file) : "";
        String fallback = inConfig == null ? inFile : inConfig;
        String project = settings.text("project_id", fallback);
        if (project.isEmpty()) {
            settings.problem(
                    hasConfig ? "auth_config.project_id" : "project_id",
                    "is required: the project that holds the secrets");
        } else if (!project.matches(PROJECT)) {
            settings.problem(
                    "project_id",
                    project.startsWith("projects/")
                            ? "expected the id or number alone, without 'projects/' and what follows it"
                            : "expected the id or number of a project, such as my-project; a project's display name is"
                                    + " neither");
        }
        return project;
    }

    private static URI endpoint(Settings config) {
        URI uri = config.httpUri("entries_uri");
        if (uri == null) {
            return SERVICE;
        }
        // APISIX writes the API's version into the address; the client library adds it by itself.
        String path = uri.getRawPath();
        if (!path.isEmpty() && !path.equals("/v1")) {
            config.problem("entries_uri", "expected an address without a path, or with the path /v1");
            return SERVICE;
        }
        return URI.create(uri.getScheme() + "://" + uri.getRawAuthority());
    }
}
