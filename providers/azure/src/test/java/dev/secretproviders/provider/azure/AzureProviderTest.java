package dev.secretproviders.provider.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Azure's client against {@link KeyVault}. */
final class AzureProviderTest extends ProviderContract {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    private KeyVault vault;
    private SecretProvider provider;

    @BeforeEach
    void start() throws IOException {
        vault = new KeyVault();
        provider = provider(Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() {
        provider.close();
        vault.close();
    }

    @Test
    void versionCanBePinnedAndThePreviousOneIsKnown() throws Exception {
        vault.addVersion("s", "zero");
        String first = vault.addVersion("s", "one");
        String second = vault.addVersion("s", "two");

        assertThat(value(provider, "$secret://azure/test/s?version=" + first)).isEqualTo("one");
        assertThat(provider.fetchPrevious(SecretPath.current("s"), second))
                .satisfies(previous -> assertThat(previous.id()).isEqualTo(first));
    }

    @Test
    void firstVersionHasNoneBefore() throws Exception {
        String only = vault.addVersion("s", "one");

        assertThat(provider.fetchPrevious(SecretPath.current("s"), only)).isNull();
    }

    @Test
    void previousVersionThatIsDisabledIsNotKnown() throws Exception {
        vault.addVersion("s", "one");
        String second = vault.addVersion("s", "two");
        vault.attribute("s", 0, "enabled", false);

        assertThat(provider.fetchPrevious(SecretPath.current("s"), second)).isNull();
    }

    @Test
    void withoutTheRightToListNoPreviousVersionIsKnown() throws Exception {
        vault.addVersion("s", "one");
        String second = vault.addVersion("s", "two");
        vault.failLists(403);

        assertThat(provider.fetchPrevious(SecretPath.current("s"), second)).isNull();
    }

    @Test
    void disabledVersionIsGone() throws Exception {
        vault.addVersion("s", "one");
        vault.attribute("s", 0, "enabled", false);

        assertThat(resolve(provider, "$secret://azure/test/s")).isInstanceOf(FetchResult.Gone.class);
    }

    @Test
    void expiredVersionIsGoneAlsoForWhoKnowsIt() throws Exception {
        String version = vault.addVersion("s", "one");
        vault.attribute("s", 0, "exp", NOW.plusSeconds(1));
        assertThat(value(provider, "$secret://azure/test/s")).isEqualTo("one");

        vault.attribute("s", 0, "exp", NOW);

        assertThat(ask(provider, "$secret://azure/test/s", version)).isInstanceOf(FetchResult.Gone.class);
    }

    @Test
    void versionThatDoesNotCountYetIsMissing() throws Exception {
        vault.addVersion("s", "one");
        vault.attribute("s", 0, "nbf", NOW.plusSeconds(1));

        assertThat(resolve(provider, "$secret://azure/test/s")).isInstanceOf(FetchResult.Missing.class);
    }

    @ParameterizedTest
    @CsvSource({
        "403,Forbidden,PERMISSION",
        "429,Throttled,THROTTLED",
        "500,InternalError,UNAVAILABLE",
        "503,ServiceUnavailable,UNAVAILABLE",
        "504,GatewayTimeout,TIMEOUT",
        "400,BadParameter,CONFIGURATION",
        // Not in Key Vault's format, so from a proxy. Its 404 must not deny a secret.
        "404,'',INVALID_ANSWER",
        "502,'',UNAVAILABLE"
    })
    void refusalsAreToldApartAndNotQuoted(int status, String code, Kind kind) {
        vault.failVault(status, code);

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .satisfies(e -> assertThat(Throwables.getStackTrace(e)).doesNotContain(KeyVault.CANARY));
    }

    @Test
    void silentVaultIsATimeout() {
        vault.fallSilent();

        try (SecretProvider impatient = provider(Duration.ofMillis(300))) {
            assertThatThrownBy(impatient::check)
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
        }
    }

    @Test
    void vaultThatIsNotThereIsUnavailable() throws Exception {
        vault.addVersion("s", "one");
        assertThat(value(provider, "$secret://azure/test/s")).isEqualTo("one");

        vault.close();

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    void closedProviderAsksNobody() {
        provider.close();

        assertThatThrownBy(this::ask).isInstanceOf(ProviderException.class);
        assertThat(vault.logins()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$secret://azure/test/na.me/key",
                "$secret://azure/test/s?version=1",
                "$secret://azure/test/s?stage=stable"
            })
    void referenceThatLeadsElsewhereHasNoMeaning(String reference) {
        assertThatThrownBy(() -> provider.addresses(SecretReference.parse(reference)))
                .isInstanceOf(InvalidReferenceException.class);
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) {
        vault.addVersion(name, JsonMapper.builder().build().writeValueAsString(fields));
    }

    @Override
    protected void delete(String name) {
        vault.delete(name);
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://azure/test/" + name + "/" + field;
    }

    private void ask() throws Exception {
        if (resolve(provider, "$secret://azure/test/s") instanceof FetchResult.Failed(var cause)) {
            throw cause;
        }
    }

    private SecretProvider provider(Duration timeout) {
        AzureIdentity identity =
                new AzureIdentity.ClientSecret(KeyVault.TENANT, "application", () -> Secret.ofUtf8("client-secret"));
        return new AzureProvider(
                new ProviderId("azure", "test"),
                new AzureClient(
                        vault.address(), KeyVault.AUTHORITY, identity, Outbound.UNLIMITED, timeout, vault::network),
                InstantSource.fixed(NOW));
    }
}
