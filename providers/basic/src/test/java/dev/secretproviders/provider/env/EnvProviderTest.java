package dev.secretproviders.provider.env;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

final class EnvProviderTest extends ProviderContract {
    private final Map<String, String> environment = new ConcurrentHashMap<>();
    private final SecretProvider provider = new EnvProvider(ProviderId.ENVIRONMENT, environment);

    @Test
    void variableStandsForItsWholeValue() throws Exception {
        environment.put("KEY", "hunter2");

        assertThat(value(provider, "$env://KEY")).isEqualTo("hunter2");
        assertThat(value(provider, "$ENV://KEY")).isEqualTo("hunter2");
    }

    @Test
    void fieldOfAVariableThatIsNotJsonHasNoValue() throws Exception {
        environment.put("KEY", "{not json");

        assertThat(value(provider, "$env://KEY/field")).isNull();
    }

    @Test
    void valueThatWasDamagedWhenItWasReadIsRefused() throws Exception {
        environment.put("KEY", "caf\uFFFD\uFFFD");
        SecretPath path = SecretPath.current("KEY");

        assertThat(provider.fetch(List.of(FetchRequest.of(path))).get(path))
                .isInstanceOfSatisfying(
                        FetchResult.Failed.class,
                        failed -> assertThat(failed.cause())
                                .hasMessageContaining("environment variable KEY")
                                .hasMessageContaining("LANG=C.UTF-8")
                                .hasMessageNotContaining("caf"));
    }

    @Test
    void versionsAndStagesHaveNoMeaning() {
        SecretReference pinned = new SecretReference(ProviderId.ENVIRONMENT, "KEY", "1", null);

        assertThatThrownBy(() -> provider.addresses(pinned)).isInstanceOf(InvalidReferenceException.class);
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) {
        environment.put(name, JsonMapper.shared().writeValueAsString(fields));
    }

    @Override
    protected void delete(String name) {
        environment.remove(name);
    }

    @Override
    protected String reference(String name, String field) {
        return "$env://" + name + "/" + field;
    }
}
