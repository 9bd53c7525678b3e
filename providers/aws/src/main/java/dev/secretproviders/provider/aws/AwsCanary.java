package dev.secretproviders.provider.aws;

import dev.secretproviders.spi.Canary;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import software.amazon.awssdk.services.secretsmanager.model.PutSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

/** The secret of rotation drills. */
record AwsCanary(AwsClient client, String path) implements Canary {
    @Override
    public void write(Secret value) throws ProviderException, InterruptedException {
        try {
            // The value is ours and holds only letters and digits, so it needs no escaping.
            client.put(PutSecretValueRequest.builder()
                    .secretId(path)
                    .secretString("{\"" + FIELD + "\":\"" + value.reveal() + "\"}"));
        } catch (SecretsManagerException e) {
            if (AwsErrors.code(e).equals("ResourceNotFoundException")) {
                throw new ProviderException(Kind.CONFIGURATION, "there is no such secret; create it once");
            }
            throw AwsErrors.exception(e);
        }
    }
}
