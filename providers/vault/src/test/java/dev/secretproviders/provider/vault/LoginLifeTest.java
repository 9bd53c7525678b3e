package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.FaultProxy;
import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Logins at a real OpenBao that answers late: no caller waits forever, and no token is left behind. */
final class LoginLifeTest {
    private static final String REFERENCE = "$secret://vault/test/jack/key";
    private static final Duration LATE = Duration.ofMillis(1_500);
    private static OpenBao bao;
    private static FaultProxy proxy;

    @BeforeAll
    static void start() {
        bao = OpenBao.start();
        proxy = FaultProxy.before(bao.uri());
        bao.put(
                "sys/policies/acl/reader",
                Map.of("policy", "path \"secret/data/apisix/*\" { capabilities = [\"read\"] }"));
        bao.put("sys/auth/approle", Map.of("type", "approle"));
        bao.kvPut("secret", 2, "apisix/jack", Map.of("key", "one"));
    }

    @AfterAll
    static void stop() {
        proxy.close();
        bao.close();
    }

    @Test
    void loginThatRunsWhileTheProviderClosesLeavesNoTokenBehind() throws Exception {
        SecretProvider provider = provider("closing", 0);
        int before = accessors();
        proxy.delay(LATE);
        try (ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> answer = asking.submit(() -> value(provider));
            await().until(() -> accessors() == before + 1);

            long from = System.nanoTime();
            provider.close();

            // The stop of a runner cannot wait for the answer.
            assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofMillis(900));
            await().until(() -> accessors() == before);
            assertThatThrownBy(answer::get).isInstanceOf(ExecutionException.class);
        } finally {
            proxy.forward();
        }
    }

    /** The resolver interrupts a call at its deadline. The secret id can be used once, so a second login would fail. */
    @Test
    void loginIsSeenThroughWhoeverGivesUpWaitingForIt() throws Exception {
        int before = accessors();
        try (SecretProvider provider = provider("patient", 1)) {
            proxy.delay(LATE);
            AtomicReference<Exception> thrown = new AtomicReference<>();
            Thread impatient = Thread.ofVirtual().start(() -> {
                try {
                    value(provider);
                } catch (Exception e) {
                    thrown.set(e);
                }
            });
            await().until(() -> accessors() == before + 1);
            impatient.interrupt();
            impatient.join();
            assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
            proxy.forward();

            assertThat(value(provider)).isEqualTo("one");
        } finally {
            proxy.forward();
        }
        assertThat(accessors()).isEqualTo(before);
    }

    @Test
    void closedProviderDoesNotLogInAgain() {
        SecretProvider provider = provider("closed", 0);
        int before = accessors();
        provider.close();

        assertThatThrownBy(() -> value(provider)).hasMessageContaining("closed");
        assertThat(accessors()).isEqualTo(before);
    }

    private static String value(SecretProvider provider) throws Exception {
        return String.valueOf(ProviderContract.value(provider, REFERENCE));
    }

    private static SecretProvider provider(String role, int uses) {
        bao.put(
                "auth/approle/role/" + role,
                Map.of("token_policies", "reader", "token_ttl", "1h", "secret_id_num_uses", uses));
        String path = "auth/approle/role/" + role;
        String roleId = bao.http("GET", "/v1/" + path + "/role-id", null)
                .json()
                .at("/data/role_id")
                .asString();
        String secretId =
                bao.put(path + "/secret-id", Map.of()).at("/data/secret_id").asString();
        return TestProviders.create(
                new VaultProviderFactory(),
                Map.of(
                        "uri",
                        proxy.uri().toString(),
                        "prefix",
                        "secret/apisix",
                        "auth",
                        Map.of("method", "approle", "role_id", roleId, "secret_id", secretId)));
    }

    private static int accessors() {
        return bao.http("LIST", "/v1/auth/token/accessors", null)
                .json()
                .at("/data/keys")
                .size();
    }
}
