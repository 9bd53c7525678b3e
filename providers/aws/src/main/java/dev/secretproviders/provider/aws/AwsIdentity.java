package dev.secretproviders.provider.aws;

import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Who we are to AWS. */
sealed interface AwsIdentity {

    /** Who we are before any role is taken on. */
    sealed interface Own extends AwsIdentity {}

    /** Keys from the provider object, read anew for each call so that their rotation is followed. */
    record Configured(
            CredentialSource accessKeyId,
            CredentialSource secretAccessKey,
            @Nullable CredentialSource sessionToken) implements Own {}

    /** What the AWS SDK finds: environment, web identity, profile, container or instance metadata. */
    record DefaultChain() implements Own {}

    /** A profile of the AWS configuration files of the user that the runner runs as. */
    record Profile(String name) implements Own {}

    /** A role that we take on as {@code own}. */
    record AssumedRole(Own own, Role role, @Nullable String externalId) implements AwsIdentity {}

    /** A role that we take on with a token of an identity provider, read anew each time. */
    record WebIdentity(CredentialFile tokenFile, Role role) implements AwsIdentity {}

    /**
     * A role.
     *
     * @param sessionName how our session is called in AWS CloudTrail
     * @param endpoint where STS answers, or null for the region's own
     */
    record Role(String arn, String sessionName, @Nullable URI endpoint) {}
}
