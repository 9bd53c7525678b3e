package dev.secretproviders.example.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.spi.testkit.GivenValues;
import dev.secretproviders.spi.testkit.NoCredentials;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The contract of all providers, and what etcd has besides. */
class EtcdProviderTest extends ProviderContract {
    private static final JsonMapper JSON = JsonMapper.shared();

    private EtcdStandIn etcd;
    private SecretProvider provider;

    @BeforeEach
    void start() throws Exception {
        etcd = new EtcdStandIn("gateway", "gateways-password");
        provider = new EtcdProvider(
                new ProviderId("etcd", "test"),
                "secrets/",
                new EtcdClient(
                        etcd.endpoint(),
                        new EtcdClient.Login("gateway", () -> Secret.ofUtf8("gateways-password")),
                        Duration.ofSeconds(5)));
    }

    @AfterEach
    void stop() {
        provider.close();
        etcd.close();
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) {
        etcd.put("secrets/" + name, JSON.writeValueAsBytes(fields));
    }

    @Override
    protected void delete(String name) {
        etcd.delete("secrets/" + name);
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://etcd/test/" + name + "/" + field;
    }

    @Test
    void endedTokenIsReplacedByANewLogin() throws Exception {
        write("KEY", Map.of("key", "value-1"));
        assertThat(value(provider, reference("KEY", "key"))).isEqualTo("value-1");

        etcd.endTokens();

        assertThat(value(provider, reference("KEY", "key"))).isEqualTo("value-1");
    }

    @Test
    void factoryReportsWhatIsMissing() {
        GivenValues values = GivenValues.of(Map.of("prefix", "secrets/"));

        new EtcdProviderFactory()
                .create(new ProviderId("etcd", "test"), values, Duration.ofSeconds(5), new NoCredentials())
                .close();

        assertThat(values.problems()).containsExactly("endpoint: is required");
    }

    @Test
    void previousVersionIsKnown() throws Exception {
        write("KEY", Map.of("key", "value-1"));
        write("KEY", Map.of("key", "value-2"));
        SecretPath path = SecretPath.current("KEY");
        FetchResult.Found current = (FetchResult.Found) fetch(provider, path, null);

        SecretVersion previous = Objects.requireNonNull(
                provider.fetchPrevious(path, current.version().id()));

        assertThat(text(previous, "key")).isEqualTo("value-1");
    }
}
