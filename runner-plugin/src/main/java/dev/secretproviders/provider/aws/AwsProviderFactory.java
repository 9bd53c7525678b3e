package dev.secretproviders.provider.aws;

import dev.secretproviders.provider.ObjectSchema;
import dev.secretproviders.provider.ObjectSchema.Field;
import dev.secretproviders.provider.ObjectSchema.FieldType;
import dev.secretproviders.provider.ProviderFactory;
import dev.secretproviders.provider.SecretProvider;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.settings.Settings;
import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.regions.Region;

/** Makes providers that read from AWS Secrets Manager. */
public final class AwsProviderFactory implements ProviderFactory {
    private static final String DEFAULT_REGION = "us-east-1";

    @Override
    public String manager() {
        return "aws";
    }

    @Override
    public ObjectSchema schema() {
        return new ObjectSchema(List.of(
                Field.of("region", FieldType.TEXT, "The AWS region.").fallback(DEFAULT_REGION),
                Field.of(
                                "endpoint_url",
                                FieldType.URI,
                                "Where Secrets Manager answers, if not at the region's own address.")
                        .destined(),
                Field.of(
                        "access_key_id",
                        FieldType.SECRET,
                        "The access key id; without it the default credentials chain."),
                Field.of("secret_access_key", FieldType.SECRET, "The secret access key that belongs to it."),
                Field.of("session_token", FieldType.SECRET, "The session token of temporary credentials.")));
    }

    @Override
    public SecretProvider create(ProviderId id, Settings settings, Duration timeout, Credentials credentials) {
        String region = settings.text("region", DEFAULT_REGION);
        if (!region.matches("[a-z0-9-]{1,64}")) {
            settings.problem("region", "expected the name of a region, such as " + DEFAULT_REGION);
            region = DEFAULT_REGION;
        }
        AwsClient client = new AwsClient(
                Region.of(region), settings.httpUri("endpoint_url"), identity(settings, credentials), timeout);
        return new AwsProvider(id, client);
    }

    private static AwsIdentity identity(Settings settings, Credentials credentials) {
        boolean configured = settings.has("access_key_id") || settings.has("secret_access_key");
        if (configured) {
            return new AwsIdentity.Configured(
                    credentials.required(settings, "access_key_id"),
                    credentials.required(settings, "secret_access_key"),
                    credentials.optional(settings, "session_token"));
        }
        if (settings.has("session_token")) {
            settings.problem("session_token", "needs access_key_id and secret_access_key beside it");
        }
        return new AwsIdentity.DefaultChain();
    }
}
