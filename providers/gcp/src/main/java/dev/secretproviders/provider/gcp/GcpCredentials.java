package dev.secretproviders.provider.gcp;

import com.google.api.client.http.HttpTransport;
import com.google.auth.oauth2.ComputeEngineCredentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.IdentityPoolCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.RefusedFileException;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes the library's credentials from an identity; reads what is behind it anew each time. */
final class GcpCredentials {
    private static final JsonMapper JSON = SecretJson.mapper().build();
    private static final int MAX_BYTES = 256 << 10;

    private GcpCredentials() {}

    /** @throws ProviderException of kind {@code AUTHENTICATION} if there is no usable credential */
    static GoogleCredentials create(
            GcpIdentity identity, List<String> scopes, GcpConnections connections, boolean verify)
            throws ProviderException, InterruptedException {
        HttpTransport transport = GcpConnections.transport(connections, verify);
        return switch (identity) {
            case GcpIdentity.ServiceAccount(var email, var privateKey, var tokenUri) -> {
                connections.expect(tokenUri);
                try (Secret key = privateKey.read()) {
                    yield serviceAccount(email, key, tokenUri, scopes, transport);
                }
            }
            case GcpIdentity.KeyFile key -> ofFile("auth_file", key, scopes, transport, connections);
            case GcpIdentity.ApplicationDefault(var named, var gcloud) ->
                named != null
                        ? ofFile("GOOGLE_APPLICATION_CREDENTIALS", any(named), scopes, transport, connections)
                        : Files.isReadable(gcloud)
                                ? ofFile("gcloud's login", any(gcloud), scopes, transport, connections)
                                : metadataServer(scopes, transport, connections);
        };
    }

    /** Returns the project that a key file names, as APISIX takes it from there; empty if it names none. */
    static String projectOf(GcpIdentity.KeyFile file) {
        byte[] bytes = {};
        try (InputStream in = file.files().open(file.file())) {
            bytes = in.readNBytes(MAX_BYTES);
            return JSON.readTree(bytes).path("project_id").asString("");
        } catch (IOException | JacksonException e) {
            // Said at the login. Dropped: it may quote the key.
            return "";
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** Returns where Google's library looks for the metadata server. */
    static String metadataHost() {
        return URI.create(ComputeEngineCredentials.getMetadataServerUrl()).getHost();
    }

    private static GcpIdentity.KeyFile any(Path file) {
        return new GcpIdentity.KeyFile(file, AllowedFiles.ANY);
    }

    private static GoogleCredentials metadataServer(
            List<String> scopes, HttpTransport transport, GcpConnections connections) {
        connections.expect(URI.create(ComputeEngineCredentials.getMetadataServerUrl()));
        return ComputeEngineCredentials.newBuilder()
                .setHttpTransportFactory(() -> transport)
                .setScopes(scopes)
                .build();
    }

    private static GoogleCredentials ofFile(
            String what,
            GcpIdentity.KeyFile file,
            List<String> scopes,
            HttpTransport transport,
            GcpConnections connections)
            throws ProviderException {
        byte[] bytes = {};
        try (InputStream in = file.files().open(file.file())) {
            bytes = in.readNBytes(MAX_BYTES);
            JsonNode json = JSON.readTree(bytes);
            connections.expect(GcpIdentity.GOOGLE_TOKENS);
            expectPlaces(json, connections);
            String type = json.path("type").asString("");
            if (type.isEmpty() || type.equals("service_account")) {
                try (Secret key = Secret.ofUtf8(json.path("private_key").asString(""))) {
                    return serviceAccount(
                            json.path("client_email").asString(""),
                            key,
                            URI.create(json.path("token_uri").asString(GcpIdentity.GOOGLE_TOKENS.toString())),
                            scopes,
                            transport);
                }
            }
            GoogleCredentials credentials =
                    GoogleCredentials.fromStream(new ByteArrayInputStream(bytes), () -> transport);
            return (file.files().restricted() ? restricted(credentials, json, what, file.files()) : credentials)
                    .createScoped(scopes);
        } catch (RefusedFileException e) {
            throw new ProviderException(Kind.AUTHENTICATION, what + ": " + e.getReason());
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            // Dropped: it may quote the key.
            throw new ProviderException(
                    Kind.AUTHENTICATION,
                    what + ": '" + file.file() + "' cannot be read or is no credential of Google Cloud");
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** What a file names may be asked, and nothing that it leads to. */
    private static void expectPlaces(JsonNode json, GcpConnections connections) {
        for (JsonNode value : json) {
            if (value.isContainer()) {
                expectPlaces(value, connections);
            } else if (value.isString() && value.stringValue().startsWith("http")) {
                try {
                    connections.expect(new URI(value.stringValue()));
                } catch (URISyntaxException e) {
                    // A template, or no address at all: then nobody goes there.
                }
            }
        }
    }

    /** The library would run what such a file names, ask the machine who it is, and open any file. */
    private static GoogleCredentials restricted(
            GoogleCredentials credentials, JsonNode json, String what, AllowedFiles files) throws ProviderException {
        String type = json.path("type").asString("");
        JsonNode source = json.path("credential_source");
        if (type.equals("authorized_user")) {
            return credentials;
        }
        boolean taken = credentials instanceof IdentityPoolCredentials
                && !source.has("executable")
                && !source.has("environment_id")
                && !source.has("certificate")
                && source.has("file") != source.has("url");
        if (!taken) {
            throw new ProviderException(
                    Kind.CONFIGURATION,
                    what
                            + ": of a file that an object of the Admin API names, the types service_account, authorized_user and"
                            + " external_account are taken, the last with credential_source.file or credential_source.url; write"
                            + " the provider into the configuration file to use another one");
        }
        if (source.has("url")) {
            return credentials;
        }
        Path token = Path.of(source.path("file").asString(""));
        CredentialFile read = new CredentialFile(what + ", credential_source.file", token, files.withoutIdentities());
        JsonNode format = source.path("format");
        String field = format.path("type").asString("text").equals("json")
                ? format.path("subject_token_field_name").asString("")
                : "";
        return IdentityPoolCredentials.newBuilder((IdentityPoolCredentials) credentials)
                .setCredentialSource(null)
                .setSubjectTokenSupplier(_ -> subjectToken(read, field))
                .build();
    }

    private static String subjectToken(CredentialFile file, String field) throws IOException {
        try (Secret content = file.read()) {
            String text = content.reveal();
            return field.isEmpty() ? text : JSON.readTree(text).path(field).asString("");
        } catch (ProviderException e) {
            throw new UnreadableTokenException(e);
        } catch (JacksonException e) {
            // Dropped: it quotes the file.
            throw new IOException("the token's file is not JSON");
        }
    }

    /** Carries the reason through the library. */
    static final class UnreadableTokenException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient ProviderException reason;

        UnreadableTokenException(ProviderException reason) {
            super(reason.getMessage());
            this.reason = reason;
        }

        ProviderException reason() {
            return reason;
        }
    }

    private static GoogleCredentials serviceAccount(
            String email, Secret privateKey, URI tokenUri, List<String> scopes, HttpTransport transport)
            throws ProviderException {
        return ServiceAccountCredentials.newBuilder()
                .setClientEmail(email)
                .setPrivateKey(GcpPrivateKey.read(email, privateKey))
                .setTokenServerUri(tokenUri)
                .setScopes(scopes)
                .setHttpTransportFactory(() -> transport)
                // Repeating is the resolver's matter.
                .setDefaultRetriesEnabled(false)
                .build();
    }
}
