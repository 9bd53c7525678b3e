package dev.secretproviders.provider.aws;

import dev.secretproviders.provider.ProviderFactory.CredentialSource;
import org.jspecify.annotations.Nullable;

/** Who we are to AWS. */
sealed interface AwsIdentity {

    /** Keys from the provider object, read anew for each call so that their rotation is followed. */
    record Configured(
            CredentialSource accessKeyId,
            CredentialSource secretAccessKey,
            @Nullable CredentialSource sessionToken) implements AwsIdentity {}

    /** What the AWS SDK finds: environment, web identity, profile, container or instance metadata. */
    record DefaultChain() implements AwsIdentity {}
}
