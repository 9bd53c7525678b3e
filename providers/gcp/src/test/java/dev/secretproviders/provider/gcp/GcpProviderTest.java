package dev.secretproviders.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.provider.gcp.GoogleCloud.Fault;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Google's client against {@link GoogleCloud}. */
final class GcpProviderTest extends ProviderContract {
    private static final ServiceAccountKey KEY = ServiceAccountKey.create();

    private GoogleCloud cloud;
    private SecretProvider provider;

    @BeforeEach
    void start() throws IOException {
        cloud = new GoogleCloud();
        cloud.expect(KEY.publicKey());
        provider = cloud.provider(KEY, "30s");
    }

    @AfterEach
    void stop() {
        provider.close();
        cloud.close();
    }

    @Test
    void versionCanBePinnedAndThePreviousOneIsKnown() throws Exception {
        write("s", Map.of("key", "one"));
        write("s", Map.of("key", "two"));

        assertThat(value(provider, "$secret://gcp/test/s/key?version=1")).isEqualTo("one");
        assertThat(provider.fetchPrevious(SecretPath.current("s"), "2"))
                .satisfies(previous -> assertThat(previous.id()).isEqualTo("1"));
        assertThat(provider.fetchPrevious(SecretPath.current("s"), "1")).isNull();
    }

    @Test
    void previousVersionThatIsDisabledIsNotKnown() throws Exception {
        write("s", Map.of("key", "one"));
        write("s", Map.of("key", "two"));
        cloud.state("s", 1, "DISABLED");

        assertThat(provider.fetchPrevious(SecretPath.current("s"), "2")).isNull();
    }

    @Test
    void aliasIsFollowed() throws Exception {
        write("s", Map.of("key", "one"));
        write("s", Map.of("key", "two"));
        cloud.alias("s", "stable", 1);

        assertThat(value(provider, "$secret://gcp/test/s/key?stage=stable")).isEqualTo("one");

        cloud.alias("s", "stable", 2);
        assertThat(value(provider, "$secret://gcp/test/s/key?stage=stable")).isEqualTo("two");
    }

    @Test
    void secretWithoutFieldIsItsWholeValueByteForByte() throws Exception {
        cloud.addVersion("s", "no JSON\n".getBytes(StandardCharsets.UTF_8));

        assertThat(value(provider, "$secret://gcp/test/s")).isEqualTo("no JSON\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DISABLED", "DESTROYED"})
    void latestVersionThatIsSwitchedOffIsGone(String state) throws Exception {
        write("s", Map.of("key", "one"));
        write("s", Map.of("key", "two"));
        cloud.state("s", 2, state);

        assertThat(resolve(provider, "$secret://gcp/test/s/key")).isInstanceOf(FetchResult.Gone.class);
        assertThat(value(provider, "$secret://gcp/test/s/key?version=1")).isEqualTo("one");
    }

    @ParameterizedTest
    @CsvSource({
        "403,PERMISSION_DENIED,PERMISSION",
        "429,RESOURCE_EXHAUSTED,THROTTLED",
        "500,INTERNAL,UNAVAILABLE",
        "503,UNAVAILABLE,UNAVAILABLE",
        "504,DEADLINE_EXCEEDED,TIMEOUT",
        "400,INVALID_ARGUMENT,CONFIGURATION",
        // Not in Google's format, so from a proxy. Its 404 must not deny a secret.
        "404,'',INVALID_ANSWER",
        "502,'',UNAVAILABLE"
    })
    void refusalsAreToldApartAndNotQuoted(int status, String code, Kind kind) {
        cloud.failApi(new Fault(status, code));

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .satisfies(e -> assertThat(Throwables.getStackTrace(e)).doesNotContain(GoogleCloud.CANARY));
    }

    @Test
    void silentServiceIsATimeout() {
        cloud.failApi(Fault.SILENCE);

        try (SecretProvider impatient = cloud.provider(KEY, "300ms")) {
            assertThatThrownBy(() -> resolve(impatient, "$secret://gcp/test/s"))
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
        }
    }

    @Test
    void serviceThatIsNotThereIsUnavailable() throws Exception {
        write("s", Map.of("key", "one"));
        assertThat(value(provider, "$secret://gcp/test/s/key")).isEqualTo("one");

        cloud.close();

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    void closedProviderAsksNobody() {
        provider.close();

        assertThatThrownBy(this::ask).isInstanceOf(Exception.class);
        assertThat(cloud.logins()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$secret://gcp/test/na.me/key",
                "$secret://gcp/test/s?version=latest",
                "$secret://gcp/test/s?version=0",
                "$secret://gcp/test/s?version=1&stage=stable",
                "$secret://gcp/test/s?stage=9"
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
        cloud.addVersion(name, JsonMapper.builder().build().writeValueAsBytes(fields));
    }

    @Override
    protected void delete(String name) {
        cloud.delete(name);
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://gcp/test/" + name + "/" + field;
    }

    private void ask() throws Exception {
        if (resolve(provider, "$secret://gcp/test/s") instanceof FetchResult.Failed(var cause)) {
            throw cause;
        }
    }
}
