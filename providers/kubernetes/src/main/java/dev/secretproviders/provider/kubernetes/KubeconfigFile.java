package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.RefusedFileException;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads a kubeconfig file. Not by the client library: its reader runs the programs that a file names ({@code exec}), which
 * nobody expects of a proxy's authenticator, and needs a second Bouncy Castle.
 *
 * @see <a href="https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/">kubeconfig (v1)</a>
 */
final class KubeconfigFile {
    private static final YAMLMapper YAML = YAMLMapper.builder().build();
    private static final int MAX_BYTES = 1 << 20;
    private static final List<String> NOT_TAKEN = List.of("exec", "auth-provider", "username", "password", "as");

    private final Path file;
    private final AllowedFiles files;

    private KubeconfigFile(Path file, AllowedFiles files) {
        this.file = file;
        this.files = files;
    }

    /**
     * Reads the access that a context stands for.
     *
     * @param context its name, or null for the file's current one
     * @param files opens it and those that it names
     * @throws ProviderException of kind {@code AUTHENTICATION}; its message never quotes the file
     */
    static ClusterAccess read(Path file, @Nullable String context, AllowedFiles files) throws ProviderException {
        return new KubeconfigFile(file, files).access(context);
    }

    private ClusterAccess access(@Nullable String wanted) throws ProviderException {
        JsonNode root = tree();
        String name = wanted != null ? wanted : root.path("current-context").asString("");
        JsonNode context = named(root, "contexts", "context", name);
        JsonNode cluster =
                named(root, "clusters", "cluster", context.path("cluster").asString(""));
        JsonNode user = named(root, "users", "user", context.path("user").asString(""));
        for (String field : NOT_TAKEN) {
            if (user.has(field)) {
                throw unusable("its user logs in by '" + field
                        + "'; taken are token, tokenFile, client-certificate and client-key, with and without -data");
            }
        }
        byte[] key = bytes(user, "client-key");
        try {
            boolean verify = !cluster.path("insecure-skip-tls-verify").asBoolean(false);
            TlsSettings tls = TlsSettings.ofPem(
                    verify ? bytes(cluster, "certificate-authority") : null,
                    bytes(user, "client-certificate"),
                    key,
                    verify);
            return new ClusterAccess(server(cluster), tls, token(user));
        } catch (GeneralSecurityException e) {
            throw unusable(String.valueOf(e.getMessage()));
        } finally {
            if (key != null) {
                Arrays.fill(key, (byte) 0);
            }
        }
    }

    private URI server(JsonNode cluster) throws ProviderException {
        try {
            URI server = URI.create(cluster.path("server").asString(""));
            if (server.getHost() != null && ("https".equals(server.getScheme()) || "http".equals(server.getScheme()))) {
                return server;
            }
        } catch (IllegalArgumentException ignored) {
            // Said below.
        }
        throw unusable("its cluster has no server with an http or https address");
    }

    /** The token's file counts before the token, as in kubectl. */
    private @Nullable CredentialSource token(JsonNode user) throws ProviderException {
        String tokenFile = user.path("tokenFile").asString("");
        if (!tokenFile.isEmpty()) {
            // Where the object has to name the pod's own token itself, so that it is known for what it is.
            AllowedFiles handedOn = files.withoutIdentities();
            String refusal = handedOn.refusal(beside(tokenFile));
            if (refusal != null) {
                throw unusable("its tokenFile: " + refusal);
            }
            return new CredentialFile("tokenFile", beside(tokenFile), handedOn);
        }
        String token = user.path("token").asString("");
        return token.isEmpty() ? null : () -> Secret.ofUtf8(token);
    }

    /** Returns the content of {@code name-data}, else of the file that {@code name} names; null if neither is there. */
    private byte @Nullable [] bytes(JsonNode node, String name) throws ProviderException {
        String data = node.path(name + "-data").asString("");
        String path = node.path(name).asString("");
        try {
            if (!data.isEmpty()) {
                return Base64.getMimeDecoder().decode(data);
            }
            if (path.isEmpty()) {
                return null;
            }
            try (InputStream in = files.open(beside(path))) {
                return in.readNBytes(MAX_BYTES);
            }
        } catch (RefusedFileException e) {
            throw unusable("its " + name + ": " + e.getReason());
        } catch (IOException | IllegalArgumentException e) {
            throw unusable("its " + name + " cannot be read");
        }
    }

    /** Relative names count from the file's own directory. */
    private Path beside(String path) {
        return file.toAbsolutePath().resolveSibling(path);
    }

    private JsonNode named(JsonNode root, String list, String field, String name) throws ProviderException {
        for (JsonNode entry : root.path(list)) {
            if (!name.isEmpty() && entry.path("name").asString("").equals(name)) {
                return entry.path(field);
            }
        }
        throw unusable("it lacks the " + field + " '" + name + "'");
    }

    private JsonNode tree() throws ProviderException {
        byte[] bytes = {};
        try (InputStream in = files.open(file)) {
            bytes = in.readNBytes(MAX_BYTES);
            return YAML.readTree(bytes);
        } catch (RefusedFileException e) {
            throw unusable(e.getReason());
        } catch (IOException e) {
            throw unusable("it cannot be read");
        } catch (JacksonException e) {
            // Dropped: it quotes the file.
            throw unusable("it is no YAML");
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private ProviderException unusable(String why) {
        return new ProviderException(Kind.AUTHENTICATION, "kubeconfig '" + file + "' cannot be used: " + why);
    }
}
