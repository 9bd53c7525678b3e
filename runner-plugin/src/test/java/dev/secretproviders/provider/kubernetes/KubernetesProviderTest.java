package dev.secretproviders.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.provider.FetchResult;
import dev.secretproviders.provider.ProviderContract;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import dev.secretproviders.provider.SecretProvider;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.reference.InvalidReferenceException;
import dev.secretproviders.reference.SecretReference;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Kubernetes client against {@link ApiServer}. */
final class KubernetesProviderTest extends ProviderContract {
    private ApiServer cluster;
    private SecretProvider provider;

    @BeforeEach
    void start() throws IOException {
        cluster = new ApiServer();
        provider = provider(cluster.address().toString(), "30s");
    }

    @AfterEach
    void stop() {
        provider.close();
        cluster.close();
    }

    @Test
    void secretThatIsBeingDeletedIsGone() throws Exception {
        cluster.put("shop", "jack", Map.of("key", "one"));
        cluster.delete("shop", "jack", true);

        assertThat(resolve(provider, "$secret://kubernetes/test/shop/jack/key")).isInstanceOf(FetchResult.Gone.class);
    }

    @ParameterizedTest
    @CsvSource({
        "403,PERMISSION",
        "429,THROTTLED",
        "500,UNAVAILABLE",
        "503,UNAVAILABLE",
        "504,TIMEOUT",
        "400,CONFIGURATION"
    })
    void refusalsAreToldApartAndNotQuoted(int status, Kind kind) {
        cluster.readStatus(status);

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .satisfies(e -> assertThat(printed(e)).doesNotContain(ApiServer.CANARY));
    }

    @Test
    void notFoundOfAProxySaysNothingAboutTheSecret() {
        cluster.behindProxy();

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CONFIGURATION));
    }

    @Test
    void refusedTokenIsNoOutage() {
        cluster.expect("another");

        assertThatThrownBy(provider::check)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.AUTHENTICATION))
                .hasMessageNotContaining("token-1");
    }

    @Test
    void checkNeedsNoRight() throws Exception {
        cluster.readStatus(403);

        provider.check();
    }

    @Test
    void clusterThatIsNotThereIsUnavailable() throws Exception {
        cluster.put("shop", "jack", Map.of("key", "one"));
        assertThat(value(provider, "$secret://kubernetes/test/shop/jack/key")).isEqualTo("one");

        cluster.close();

        assertThatThrownBy(this::ask)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    void silentClusterIsATimeout() throws Exception {
        try (ServerSocket silent = new ServerSocket(0);
                SecretProvider impatient = provider("http://127.0.0.1:" + silent.getLocalPort(), "300ms")) {
            assertThatThrownBy(impatient::check)
                    .isInstanceOfSatisfying(
                            ProviderException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$secret://kubernetes/test/shop/jack",
                "$secret://kubernetes/test/shop/jack/key/more",
                "$secret://kubernetes/test/Shop/jack/key",
                "$secret://kubernetes/test/shop/jack%2F/key",
                "$secret://kubernetes/test/shop/jack/ke:y",
                "$secret://kubernetes/test/shop/jack/key?version=3"
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
        cluster.put("shop", name.toLowerCase(Locale.ROOT), fields);
    }

    @Override
    protected void delete(String name) {
        cluster.delete("shop", name.toLowerCase(Locale.ROOT), false);
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://kubernetes/test/shop/" + name.toLowerCase(Locale.ROOT) + "/" + field;
    }

    private void ask() throws Exception {
        if (resolve(provider, "$secret://kubernetes/test/shop/jack/key") instanceof FetchResult.Failed(var cause)) {
            throw cause;
        }
    }

    private static SecretProvider provider(String address, String timeout) {
        return TestProviders.create(
                new KubernetesProviderFactory(),
                Map.of("apiserver_addr", address, "token", "token-1", "timeout", timeout));
    }

    private static String printed(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
