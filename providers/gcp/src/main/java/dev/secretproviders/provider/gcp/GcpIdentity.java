package dev.secretproviders.provider.gcp;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who we are to Google Cloud. */
sealed interface GcpIdentity {

    /** A service account's key in the provider object. */
    record ServiceAccount(String clientEmail, CredentialSource privateKey, URI tokenUri) implements GcpIdentity {}

    /** A file as Google hands it out (service account key, workload identity federation) or as APISIX takes it. */
    record KeyFile(Path file, AllowedFiles files) implements GcpIdentity {}

    /**
     * Google's application default credentials: the first of these files that there is, else the metadata server (Compute
     * Engine, Cloud Run, GKE's workload identity). Looked for by us: the library's own search keeps what it found for the whole
     * process, so that a rotated file would never be read again.
     *
     * @param named what GOOGLE_APPLICATION_CREDENTIALS names, or null; it must then be there
     * @param gcloud where gcloud keeps its login
     */
    record ApplicationDefault(@Nullable Path named, Path gcloud) implements GcpIdentity {
        /** Returns what the environment of this process says. */
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

    /** Where Google hands out tokens. */
    URI GOOGLE_TOKENS = URI.create("https://oauth2.googleapis.com/token");

    /** What tokens are asked for unless said otherwise. */
    List<String> CLOUD_PLATFORM = List.of("https://www.googleapis.com/auth/cloud-platform");
}
