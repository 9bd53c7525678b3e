package dev.secretproviders.provider.aws;

import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** The identity that the provider uses at AWS. */
sealed interface AwsIdentity {

    /** An identity that needs no role. */
    sealed interface Own extends AwsIdentity {}

    /** Keys from the provider object, read again for each call so that their rotation is followed. */
    record Configured(
            CredentialSource accessKeyId,
            CredentialSource secretAccessKey,
            @Nullable CredentialSource sessionToken) implements Own {}

    /** Credentials from the SDK's default chain: environment, web identity, profile, container or instance metadata. */
    record DefaultChain() implements Own {}

    /** A profile in the AWS configuration files of the user that runs the runner. */
    record Profile(String name) implements Own {}

    /** A role assumed with the identity {@code own}. */
    record AssumedRole(Own own, Role role, @Nullable String externalId) implements AwsIdentity {}

    /** A role assumed with a token of an identity provider; the token is read again each time. */
    record WebIdentity(CredentialFile tokenFile, Role role) implements AwsIdentity {}

    /**
     * A role.
     *
     * @param sessionName the name of our session in AWS CloudTrail
     * @param endpoint the address of STS, or null for the region's own
     */
    record Role(String arn, String sessionName, @Nullable URI endpoint) {}
}
