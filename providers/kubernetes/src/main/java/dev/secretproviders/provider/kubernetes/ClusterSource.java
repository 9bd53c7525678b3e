package dev.secretproviders.provider.kubernetes;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the access to a cluster comes from; read at each login, so that what is behind it may change. */
sealed interface ClusterSource {
    /** Returns the access as it is now. */
    ClusterAccess read() throws ProviderException;

    /** What the provider object says. */
    record Configured(ClusterAccess access) implements ClusterSource {
        @Override
        public ClusterAccess read() {
            return access;
        }
    }

    /** A file as kubectl uses it, and a context of it or null for its current one. */
    record Kubeconfig(Path file, @Nullable String context, AllowedFiles files) implements ClusterSource {
        @Override
        public ClusterAccess read() throws ProviderException {
            return KubeconfigFile.read(file, context, files);
        }
    }

    /**
     * The service account that the kubelet mounts into a pod.
     *
     * @param directory with {@code token} and {@code ca.crt}
     * @see <a href="https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/">Accessing the API from a Pod</a>
     */
    record InCluster(@Nullable String host, @Nullable String port, Path directory) implements ClusterSource {
        private static final Path MOUNTED = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

        /** Returns what the environment of this process says. */
        static InCluster of(Map<String, String> environment) {
            return new InCluster(
                    environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT"), MOUNTED);
        }

        @Override
        public ClusterAccess read() throws ProviderException {
            if (host == null || port == null) {
                throw new ProviderException(
                        Kind.CONFIGURATION,
                        "this process does not run in a Kubernetes pod (no KUBERNETES_SERVICE_HOST); set apiserver_addr or"
                                + " kubeconfig");
            }
            Path authorities = directory.resolve("ca.crt");
            try {
                URI server = URI.create("https://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port);
                TlsSettings tls = TlsSettings.ofPem(Files.readAllBytes(authorities), null, null, true);
                return new ClusterAccess(
                        server, tls, new CredentialFile("token", directory.resolve("token"), AllowedFiles.ANY));
            } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
                throw new ProviderException(
                        Kind.AUTHENTICATION,
                        "the service account's '" + authorities + "' cannot be read or is no PEM certificate; is"
                                + " automountServiceAccountToken off?");
            }
        }
    }
}
