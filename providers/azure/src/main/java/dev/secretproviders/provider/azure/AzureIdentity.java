package dev.secretproviders.provider.azure;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Who we are to Microsoft Entra ID. */
sealed interface AzureIdentity {

    /** An application with a secret, read anew at each login. */
    record ClientSecret(String tenant, String client, CredentialSource secret) implements AzureIdentity {}

    /** An application with a certificate: a PEM file with it and its private key, read anew at each login. */
    record ClientCertificate(String tenant, String client, Path file, AllowedFiles files) implements AzureIdentity {}

    /** What Azure gives to the machine that we run on; the one with this client id if it has several. */
    record ManagedIdentity(@Nullable String client) implements AzureIdentity {}

    /** An application that trusts the tokens of a Kubernetes cluster or another issuer; the file is read anew at each login. */
    record WorkloadIdentity(String tenant, String client, CredentialFile tokenFile) implements AzureIdentity {}
}
