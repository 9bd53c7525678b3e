package dev.secretproviders.provider.azure;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The identity that the provider uses at Microsoft Entra ID. */
sealed interface AzureIdentity {

    /** An application with a secret, which is read again at each login. */
    record ClientSecret(String tenant, String client, CredentialSource secret) implements AzureIdentity {}

    /**
     * An application with a certificate: a PEM file with the certificate and its private key, read again at each login.
     */
    record ClientCertificate(String tenant, String client, Path file, AllowedFiles files) implements AzureIdentity {}

    /** The managed identity of the machine that the runner is on; the one with this client id if there are several. */
    record ManagedIdentity(@Nullable String client) implements AzureIdentity {}

    /**
     * An application that trusts tokens of a Kubernetes cluster or another issuer; the file is read again at each
     * login.
     */
    record WorkloadIdentity(String tenant, String client, CredentialFile tokenFile) implements AzureIdentity {}
}
