package dev.secretproviders.benchmarks.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Consumers in APISIX's etcd, each with a key in clear.
 *
 * @param endpoint the address of etcd
 * @param prefix what all keys of the gateway begin with, without a slash at the end
 */
public record ConsumersInEtcd(Credentials credentials, String endpoint, String prefix) implements CredentialSource {
    private static final int MANY = 100_000;

    @Override
    public SecretManager prepare(Path directory, Path config) throws IOException {
        Files.writeString(config, """
                consumers:
                  source: etcd
                  etcd: {endpoints: ["%s"], prefix: %s, data_encryption: {enabled: false}}
                """.formatted(endpoint, prefix));
        return SecretManager.NONE;
    }

    @Override
    public String heap() {
        return credentials.count() > MANY ? "-Xmx2g" : "-Xmx1g";
    }

    /** Returns the key of a consumer's object in etcd. */
    public String place(int index) {
        return prefix + "/consumers/" + Credentials.name(index);
    }

    /** Returns the object as APISIX writes it. */
    public static String object(int index, String key) {
        return "{\"username\":\"" + Credentials.name(index) + "\",\"plugins\":{" + Consumers.keyAuth(key)
                + "},\"create_time\":1764400000,\"update_time\":1764400000}";
    }
}
