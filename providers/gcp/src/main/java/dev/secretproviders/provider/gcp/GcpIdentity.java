package dev.secretproviders.provider.gcp;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The identity that the provider uses at Google Cloud. */
sealed interface GcpIdentity {

    /** A service account's key in the provider object. */
    record ServiceAccount(String clientEmail, CredentialSource privateKey, URI tokenUri) implements GcpIdentity {}

    /**
     * A credential file as Google issues it (service account key, workload identity federation) or as APISIX accepts
     * it.
     */
    record KeyFile(Path file, AllowedFiles files) implements GcpIdentity {}

    /**
     * Google's application default credentials: the first of these files that exists, else the metadata server (Compute
     * Engine, Cloud Run, GKE's workload identity). This class searches itself, because the library's search keeps its
     * result for the whole process and would never read a rotated file.
     *
     * @param named the file in GOOGLE_APPLICATION_CREDENTIALS, or null; if set, it must exist
     * @param gcloud the file where gcloud keeps its login
     */
    record ApplicationDefault(@Nullable Path named, Path gcloud) implements GcpIdentity {
        /** Returns the settings in the environment of this process. */
        static ApplicationDefault of(Map<String, String> environment) {
            String named = environment.getOrDefault("GOOGLE_APPLICATION_CREDENTIALS", "");
            String configured = environment.getOrDefault("CLOUDSDK_CONFIG", "");
            Path gcloud = configured.isEmpty()
                    ? Path.of(System.getProperty("user.home", ""), ".config", "gcloud")
                    : Path.of(configured);
            return new ApplicationDefault(
                    named.isEmpty() ? null : Path.of(named), gcloud.resolve("application_default_credentials.json"));
        }
    }

    /** Google's token endpoint. */
    URI GOOGLE_TOKENS = URI.create("https://oauth2.googleapis.com/token");

    /** The default scopes of tokens. */
    List<String> CLOUD_PLATFORM = List.of("https://www.googleapis.com/auth/cloud-platform");
}
