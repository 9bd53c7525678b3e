package dev.secretproviders.provider.aws;

import dev.secretproviders.provider.shared.SecretJson;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretWriter;
import java.util.Map;
import software.amazon.awssdk.services.secretsmanager.model.CreateSecretRequest;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;
import tools.jackson.databind.json.JsonMapper;

/** Creates secrets that are a JSON object of one field. The service refuses a name that is taken. */
record AwsWriter(AwsClient client) implements SecretWriter {
    private static final JsonMapper JSON = SecretJson.mapper().build();

    @Override
    public Outcome create(String name, String field, Secret value) throws ProviderException, InterruptedException {
        try {
            client.create(CreateSecretRequest.builder()
                    .name(name)
                    .secretString(JSON.writeValueAsString(Map.of(field, value.reveal()))));
            return Outcome.CREATED;
        } catch (SecretsManagerException e) {
            if (AwsErrors.code(e).equals("ResourceExistsException")) {
                return Outcome.EXISTS;
            }
            ProviderException refusal = AwsErrors.exception(e);
            throw switch (refusal.kind()) {
                case PERMISSION ->
                    new ProviderException(
                            Kind.PERMISSION,
                            "the credential may not create '" + name
                                    + "'; its policy needs secretsmanager:CreateSecret");
                // Among others: a secret of this name is scheduled for deletion.
                case CONFIGURATION ->
                    new ProviderException(
                            Kind.CONFIGURATION,
                            "'" + name + "' cannot be created: " + AwsErrors.code(e)
                                    + "; look whether a secret of this name is scheduled for deletion");
                case UNAVAILABLE, TIMEOUT, AUTHENTICATION, THROTTLED, INVALID_ANSWER -> refusal;
            };
        }
    }
}
