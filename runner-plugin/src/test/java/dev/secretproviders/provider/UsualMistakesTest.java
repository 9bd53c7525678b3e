package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.provider.aws.AwsProviderFactory;
import dev.secretproviders.provider.azure.AzureProviderFactory;
import dev.secretproviders.provider.gcp.GcpProviderFactory;
import dev.secretproviders.provider.kubernetes.KubernetesProviderFactory;
import dev.secretproviders.provider.vault.VaultProviderFactory;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Usual mistakes get errors and warnings that say what to write instead. */
final class UsualMistakesTest {
    private static final Map<String, ProviderFactory> FACTORIES = Map.of(
            "vault", new VaultProviderFactory(),
            "aws", new AwsProviderFactory(),
            "gcp", new GcpProviderFactory(),
            "azure", new AzureProviderFactory(),
            "kubernetes", new KubernetesProviderFactory());
    private static final Map<String, Map<String, String>> GOOD = Map.of(
            "vault", Map.of("uri", "http://127.0.0.1:1", "token", "t", "prefix", "kv/apisix"),
            "aws", Map.of("access_key_id", "i", "secret_access_key", "k"),
            "gcp", Map.of("project_id", "my-project"),
            "azure", Map.of("vault_uri", "https://my-vault.vault.azure.net"),
            "kubernetes", Map.of("apiserver_addr", "https://127.0.0.1:6443", "token", "t"));

    private static ProviderFactory factory(String manager) {
        return Objects.requireNonNull(FACTORIES.get(manager));
    }

    private static Map<String, String> with(String manager, String field, String value) {
        Map<String, String> fields = new HashMap<>(GOOD.getOrDefault(manager, Map.of()));
        fields.put(field, value);
        return fields;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vault | uri | https://vault.example:8200/v1 | leave that out",
                "vault | uri | https://vault.example:8200/v1/ | leave that out",
                "vault | uri | https://proxy.example/vault/v1 | leave that out",
                "aws | region | eu-central-1a | write its region, 'eu-central-1'",
                "gcp | project_id | projects/my-project | without 'projects/'",
                "gcp | project_id | My Project | display name",
                "azure | vault_uri | https://my-vault.vault.azure.net/secrets | the secret's name stands in the reference",
                "azure | vault_uri | https://my-vault.vault.azure.net/secrets/jack | the secret's name stands in the reference",
                "kubernetes | apiserver_addr | https://cluster.example:6443/api/v1 | leave that out"
            })
    void fieldThatCannotWorkIsRefusedWithTheRemedy(String manager, String field, String value, String remedy) {
        assertThat(TestProviders.problems(factory(manager), with(manager, field, value)))
                .singleElement()
                .asString()
                .contains(field, remedy);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vault | prefix | kv/data/apisix | as 'kv/apisix'",
                "vault | prefix | kv/data | as 'kv'",
                "vault | prefix | data/kv | as 'kv'",
                "vault | prefix | kv/metadata/apisix | as 'kv/apisix'",
                "vault | prefix | v1/kv/apisix | as 'kv/apisix'",
                "aws | endpoint_url | https://secretsmanager.eu-west-1.amazonaws.com | set region to 'eu-west-1'",
                "aws | endpoint_url | https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com | set region to 'eu-west-1'"
            })
    void fieldThatIsOddIsTakenAndSaid(String manager, String field, String value, String remedy) {
        try (SecretProvider provider = TestProviders.create(factory(manager), with(manager, field, value))) {
            assertThat(provider.warnings()).singleElement().asString().contains(field, remedy);
        }
    }

    @Test
    void namespaceThatThePrefixBeginsWithIsSaid() {
        Map<String, String> fields = with("vault", "namespace", "team1");
        fields.put("prefix", "team1/kv");
        try (SecretProvider provider = TestProviders.create(new VaultProviderFactory(), fields)) {
            assertThat(provider.warnings()).singleElement().asString().contains("without, since namespace says it");
        }
    }

    @Test
    void whatIsWrittenAsItShouldBeIsNotOdd() {
        Map<String, Map<String, String>> fine = Map.of(
                "vault", with("vault", "namespace", "team1"),
                "aws", with("aws", "endpoint_url", "https://secretsmanager.us-east-1.amazonaws.com"),
                "azure", with("azure", "vault_uri", "https://my-vault.vault.azure.net/"),
                "kubernetes", with("kubernetes", "apiserver_addr", "https://rancher.example/k8s/clusters/c-1"));
        fine.forEach((manager, fields) -> {
            try (SecretProvider provider = TestProviders.create(factory(manager), fields)) {
                assertThat(provider.warnings()).as(manager).isEmpty();
            }
        });
        Map<String, String> first = with("vault", "prefix", "kv/data");
        first.put("kv_version", "1");
        try (SecretProvider provider = TestProviders.create(new VaultProviderFactory(), first)) {
            assertThat(provider.warnings()).as("a folder of a version 1 engine").isEmpty();
        }
    }

    @Test
    void wholeNameOfAGoogleSecretIsNoReference() {
        try (SecretProvider provider =
                TestProviders.create(new GcpProviderFactory(), GOOD.getOrDefault("gcp", Map.of()))) {
            for (String path : List.of("projects/p/secrets/jack", "projects/p/secrets/jack/versions/3")) {
                assertThatThrownBy(() -> provider.addresses(SecretReference.parse("$secret://gcp/test/" + path)))
                        .isInstanceOf(InvalidReferenceException.class)
                        .hasMessageContaining("the secret's name alone");
            }
        }
    }
}
