package dev.secretproviders.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.Moto.AccessKey;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Our own keys are replaced and the old ones deleted, at a moto that checks keys, signatures and permissions. It
 * refuses in XML, unlike Secrets Manager, so only the status can be used.
 */
final class AwsKeyRotationTest {
    private static final String REFERENCE = "$secret://aws/test/plain";
    private static final String USER = "runner";
    private static Moto moto;

    private final Environment environment = new Environment();
    private AccessKey key;

    /** Variables of which one can be made to change right after it was read. */
    private static final class Environment extends HashMap<String, String> {
        private static final long serialVersionUID = 1L;

        private transient Runnable afterReading = () -> {};

        @Override
        public @Nullable String get(Object name) {
            String value = super.get(name);
            if ("SECRET_KEY".equals(name)) {
                Runnable now = afterReading;
                afterReading = () -> {};
                now.run();
            }
            return value;
        }
    }

    @BeforeAll
    static void start() {
        moto = Moto.start();
        moto.createSecret("plain", "hunter2");
        moto.createUser(USER, "secretsmanager:GetSecretValue");
    }

    @AfterAll
    static void stop() {
        moto.close();
    }

    @BeforeEach
    void createKey() {
        key = moto.createAccessKey(USER);
        use(key);
        moto.checkKeys(true);
    }

    @AfterEach
    void deleteKey() {
        moto.checkKeys(false);
        moto.deleteAccessKey(USER, key);
    }

    @Test
    void keyThatIsReplacedIsFollowed() throws Exception {
        try (SecretProvider provider = provider()) {
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("hunter2");
            replaceKey();
            assertRefused(provider);
            use(key);

            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("hunter2");
        }
    }

    /** Callers see no failure, and no back-off begins. */
    @Test
    void keyThatIsReplacedAfterItWasReadIsReadOnceMore() throws Exception {
        try (SecretProvider provider = provider()) {
            environment.afterReading = () -> {
                replaceKey();
                use(key);
            };

            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("hunter2");
        }
    }

    @Test
    void keyOfAnotherIsACredentialProblem() {
        environment.put("SECRET_KEY", "canary");
        try (SecretProvider provider = provider()) {
            assertRefused(provider);
        }
    }

    private void replaceKey() {
        moto.checkKeys(false);
        AccessKey second = moto.createAccessKey(USER);
        moto.deleteAccessKey(USER, key);
        key = second;
        moto.checkKeys(true);
    }

    private void use(AccessKey used) {
        environment.put("KEY_ID", used.id());
        environment.put("SECRET_KEY", used.secret());
    }

    private static void assertRefused(SecretProvider provider) {
        assertThatThrownBy(() -> ProviderContract.value(provider, REFERENCE))
                .isInstanceOfSatisfying(ProviderException.class, e -> {
                    assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.AUTHENTICATION);
                    assertThat(e).hasMessageNotContaining("canary").hasNoCause();
                });
    }

    private SecretProvider provider() {
        return TestProviders.create(
                new AwsProviderFactory(),
                Map.of(
                        "access_key_id", "$env://KEY_ID",
                        "secret_access_key", "$env://SECRET_KEY",
                        "endpoint_url", moto.uri().toString()),
                environment);
    }
}
