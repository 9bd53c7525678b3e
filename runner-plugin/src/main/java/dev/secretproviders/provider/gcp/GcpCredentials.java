package dev.secretproviders.provider.gcp;

import com.google.api.client.http.HttpTransport;
import com.google.auth.oauth2.ComputeEngineCredentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import dev.secretproviders.crypto.Secret;
import dev.secretproviders.crypto.SecretJson;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
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
    static GoogleCredentials create(GcpIdentity identity, List<String> scopes, HttpTransport transport)
            throws ProviderException, InterruptedException {
        return switch (identity) {
            case GcpIdentity.ServiceAccount(var email, var privateKey, var tokenUri) -> {
                try (Secret key = privateKey.read()) {
                    yield serviceAccount(email, key, tokenUri, scopes, transport);
                }
            }
            case GcpIdentity.KeyFile(var file) -> ofFile("auth_file", file, scopes, transport);
            case GcpIdentity.ApplicationDefault(var named, var gcloud) ->
                named != null
                        ? ofFile("GOOGLE_APPLICATION_CREDENTIALS", named, scopes, transport)
                        : Files.isReadable(gcloud)
                                ? ofFile("gcloud's login", gcloud, scopes, transport)
                                : metadataServer(scopes, transport);
        };
    }

    /** Returns the project that a key file names, as APISIX takes it from there; empty if it names none. */
    static String projectOf(Path file) {
        byte[] bytes = {};
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES);
            return JSON.readTree(bytes).path("project_id").asString("");
        } catch (IOException | JacksonException e) {
            // Said at the login. Dropped: it may quote the key.
            return "";
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private static GoogleCredentials metadataServer(List<String> scopes, HttpTransport transport) {
        return ComputeEngineCredentials.newBuilder()
                .setHttpTransportFactory(() -> transport)
                .setScopes(scopes)
                .build();
    }

    private static GoogleCredentials ofFile(String what, Path file, List<String> scopes, HttpTransport transport)
            throws ProviderException {
        byte[] bytes = {};
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES);
            JsonNode json = JSON.readTree(bytes);
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
            return GoogleCredentials.fromStream(new ByteArrayInputStream(bytes), () -> transport)
                    .createScoped(scopes);
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            // Dropped: it may quote the key.
            throw new ProviderException(
                    Kind.AUTHENTICATION, what + ": '" + file + "' cannot be read or is no credential of Google Cloud");
        } finally {
            Arrays.fill(bytes, (byte) 0);
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
