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
 * Reads a kubeconfig file. The client library's reader is not used: it runs the programs that a file names ({@code
 * exec}), which operators do not expect here, and it needs a second Bouncy Castle.
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
     * Reads the access of a context.
     *
     * @param context its name, or null for the file's current context
     * @param files opens the file and the files that it names
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
                throw unusable(
                        "its user logs in by '" + field
                                + "'; supported are token, tokenFile, client-certificate and client-key, with and without -data");
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
            // Reported below.
        }
        throw unusable("its cluster has no server with an http or https address");
    }

    /** Returns the source of the token. As in kubectl, the token's file takes precedence over the token. */
    private @Nullable CredentialSource token(JsonNode user) throws ProviderException {
        String tokenFile = user.path("tokenFile").asString("");
        if (!tokenFile.isEmpty()) {
            // The object itself must name the pod's own token, so that the use of that identity is visible.
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

    /** Returns the content of {@code name-data}, else of the file that {@code name} names; null if both are absent. */
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

    /** Resolves a relative name against the file's own directory. */
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
            throw unusable("it is not YAML");
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private ProviderException unusable(String why) {
        return new ProviderException(Kind.AUTHENTICATION, "kubeconfig '" + file + "' cannot be used: " + why);
    }
}
