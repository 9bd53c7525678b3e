package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.provider.file.FileProviderFactory;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ProviderRegistryTest {
    private final Problems problems = new Problems();
    private final Map<String, String> environment = new HashMap<>();
    private final RemoteFactory remote = new RemoteFactory();

    @Test
    void providersAreFoundByManagerAndId() {
        ProviderRegistry registry = read(Map.of("remote", Map.of("prod", Map.of("token", "t"))));

        assertThat(problems.lines()).isEmpty();
        assertThat(registry.get(new ProviderId("remote", "prod"))).isNotNull();
        assertThat(registry.get(new ProviderId("remote", "test"))).isNull();
        assertThat(registry.all())
                .extracting(registered -> registered.provider().id().toString())
                .containsExactly("env/process", "remote/prod");
    }

    @Test
    void environmentNeedsNoConfiguration() throws Exception {
        environment.put("KEY", "hunter2");

        Registered built = Objects.requireNonNull(read(Map.of()).get(ProviderId.ENVIRONMENT));

        assertThat(built.policy()).isEqualTo(ProviderPolicy.DEFAULT);
        assertThat(ProviderContract.value(built.provider(), "$env://KEY")).isEqualTo("hunter2");
    }

    @Test
    void whatObjectsInTheStoreMayReferToStandsBesideTheManagers() throws Exception {
        AllowedReferences none = read(Map.of()).allowedReferences();
        AllowedReferences some = read(Map.of(
                        "References", Map.of("allow", List.of("$env://APISIX_*", "$secret://file/secrets/vault/**"))))
                .allowedReferences();

        assertThat(problems.lines()).isEmpty();
        for (String own : List.of("$env://APISIX_A", "$secret://file/secrets/vault/a/b?version=2")) {
            assertThat(none.refuses(SecretReference.parse(own))).as(own).isTrue();
            assertThat(some.refuses(SecretReference.parse(own))).as(own).isFalse();
        }
        for (String other : List.of("$env://APISIX", "$secret://file/secrets/vault", "$secret://file/other/vault/a")) {
            assertThat(some.refuses(SecretReference.parse(other))).as(other).isTrue();
        }
        assertThat(none.refuses(SecretReference.parse("$secret://local/own/a/b")))
                .isFalse();
    }

    @Test
    void whatIsWrongWithThemIsSaid() {
        read(Map.of("references", Map.of("allow", List.of("APISIX_*"), "prod", Map.of())));

        assertThat(problems.lines())
                .containsExactlyInAnyOrder(
                        "providers.references.allow: expected patterns that begin with one of $env://,"
                                + " $secret://env/, $secret://file/, not 'APISIX_*'",
                        "providers.references.prod: is not a known field; known here: allow");
    }

    @Test
    void everyProblemOfEveryProviderIsSaid() {
        read(Map.of(
                "valut", Map.of("prod", Map.of()),
                "remote",
                        Map.of(
                                "a b", Map.of(),
                                "one", Map.of("token", "t", "colour", "red", "timeout", "0"),
                                "two", Map.of("cache", Map.of("ttl", "2h", "stale_ttl", "1h")),
                                "three",
                                        Map.of(
                                                "token",
                                                "t",
                                                "labels",
                                                Map.of("team", "a"),
                                                "desc",
                                                "d",
                                                "rotation",
                                                Map.of("overlap", "0")))));

        assertThat(problems.lines())
                .containsExactlyInAnyOrder(
                        "providers.valut: is not a known secret manager; known: env, file, remote",
                        "providers.remote.a b: expected an id of 1 to 256 letters, digits, '-', '_' and '.'",
                        "providers.remote.one.colour: is not a known field; known here: access, budget, cache, desc,"
                                + " inject, labels, max_concurrency, rotation, timeout, token",
                        "providers.remote.one.timeout: expected a duration from 100ms to 1m",
                        "providers.remote.two.token: is required",
                        "providers.remote.two.cache.stale_ttl: must not be shorter than ttl");
    }

    @Test
    void policyIsReadFromTheProviderObject() {
        ProviderRegistry registry = read(Map.of(
                "remote",
                Map.of(
                        "prod",
                        Map.of(
                                "token",
                                "t",
                                "timeout",
                                "2s",
                                "max_concurrency",
                                3,
                                "budget",
                                Map.of("fetches_per_minute", 600),
                                "cache",
                                Map.of("ttl", "10s", "negative_ttl", "5s", "stale_ttl", "1h"),
                                "rotation",
                                Map.of("overlap", "0")))));

        assertThat(Objects.requireNonNull(registry.get(new ProviderId("remote", "prod")))
                        .policy())
                .isEqualTo(new ProviderPolicy(
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(5),
                        Duration.ofHours(1),
                        Duration.ZERO,
                        3,
                        600,
                        AccessRules.OPEN,
                        AccessRules.CLOSED));
    }

    /** The fingerprint finds what was known before a restart. */
    @Test
    void fingerprintSaysWhichManagerIsAskedAndAsWhomAndNotHow() {
        String before = fingerprint(Map.of("token", "t"));

        assertThat(fingerprint(Map.of(
                        "token",
                        "t",
                        "desc",
                        "d",
                        "timeout",
                        "2s",
                        "max_concurrency",
                        3,
                        "budget",
                        Map.of("fetches_per_minute", 600),
                        "cache",
                        Map.of("ttl", "10s"),
                        "rotation",
                        Map.of("overlap", "5m"),
                        "access",
                        List.of(Map.of("consumers", List.of("*"), "paths", List.of("*"))))))
                .isEqualTo(before);
        assertThat(fingerprint(Map.of("token", "other"))).isNotEqualTo(before);
    }

    private String fingerprint(Map<String, ?> fields) {
        ProviderRegistry registry = read(Map.of("remote", Map.of("prod", fields)));
        assertThat(problems.lines()).isEmpty();
        return Objects.requireNonNull(registry.get(new ProviderId("remote", "prod")))
                .fingerprint();
    }

    @Test
    void credentialMayStandInTheConfiguration() throws Exception {
        read(Map.of("remote", Map.of("prod", Map.of("token", "hunter2"))));

        assertThat(remote.token().reveal()).isEqualTo("hunter2");
        assertThat(remote.token().reveal()).as("read a second time").isEqualTo("hunter2");
    }

    @Test
    void credentialBehindAReferenceIsReadAnewEachTime() throws Exception {
        environment.put("TOKEN", "{\"value\": \"first\"}");
        read(Map.of("remote", Map.of("prod", Map.of("token", "$env://TOKEN/value"))));
        assertThat(remote.token().reveal()).isEqualTo("first");

        environment.put("TOKEN", "{\"value\": \"second\"}");

        assertThat(remote.token().reveal()).isEqualTo("second");
    }

    @Test
    void credentialBehindAReferenceIsTransformed() throws Exception {
        environment.put("TOKEN", "{\"value\": \" Zmlyc3Q= \"}");
        read(Map.of("remote", Map.of("prod", Map.of("token", "$env://TOKEN/value?trim&decode=base64"))));
        assertThat(remote.token().reveal()).isEqualTo("first");

        environment.put("TOKEN", "{\"value\": \"canary!\"}");
        assertThatThrownBy(remote::token)
                .hasMessageContaining("$env://TOKEN/value?trim&decode=base64, which cannot be read: 'decode=base64'")
                .message()
                .doesNotContain("canary");
    }

    @Test
    void credentialThatCannotBeReadNamesItsFieldNotItsValue() {
        environment.put("TOKEN", "canary-31");
        read(Map.of("remote", Map.of("prod", Map.of("token", "$env://TOKEN/value"))));

        assertThatThrownBy(remote::token)
                .isInstanceOfSatisfying(
                        ProviderException.class,
                        e -> assertThat(e.kind()).isEqualTo(ProviderException.Kind.AUTHENTICATION))
                .hasMessage("providers.remote.prod.token refers to $env://TOKEN/value, which cannot be read:"
                        + " there is no such field");
    }

    @Test
    void credentialMayReferToLocalProvidersThatAreDefinedOnly() {
        read(Map.of(
                "remote",
                Map.of(
                        "a", Map.of("token", "$secret://remote/b/x/y"),
                        "b", Map.of("token", "$secret://file/none/x"),
                        "c", Map.of("token", "$secret://file/none/../x"),
                        "d", Map.of("token", "$secret://env/process/x?version=1"))));

        assertThat(problems.lines())
                .containsExactlyInAnyOrder(
                        "providers.remote.a.token: may refer to providers of env, file only, not to remote/b",
                        "providers.remote.b.token: refers to file/none, which is not defined",
                        "providers.remote.c.token: invalid secret reference at character 21: '.' and '..' are not"
                                + " allowed as path segments",
                        "providers.remote.d.token: invalid secret reference at character 24: environment variables have"
                                + " no versions or stages");
    }

    @Test
    void closingClosesProvidersAndWipesCredentials() {
        ProviderRegistry registry = read(Map.of("remote", Map.of("prod", Map.of("token", "t"))));

        registry.close();

        assertThat(remote.closed).isTrue();
        assertThatThrownBy(remote::token).isInstanceOf(IllegalStateException.class);
    }

    /** Closing a provider whose manager is unreachable takes time; closing several must not take several times that. */
    @Test
    void providersCloseAllAtOnce() {
        CyclicBarrier all = new CyclicBarrier(3);
        remote.closing = () -> {
            all.await(10, TimeUnit.SECONDS);
            remote.ended.incrementAndGet();
        };
        ProviderRegistry registry = read(Map.of(
                "remote", Map.of("a", Map.of("token", "t"), "b", Map.of("token", "t"), "c", Map.of("token", "t"))));

        registry.close();

        assertThat(remote.ended).hasValue(3);
    }

    @Test
    void providerThatDoesNotCloseInTimeIsLeftBehind() {
        CountDownLatch never = new CountDownLatch(1);
        remote.closing = () -> {
            never.await();
            remote.ended.incrementAndGet();
        };
        ProviderRegistry registry = read(Map.of("remote", Map.of("prod", Map.of("token", "t"))));

        registry.close();

        assertThat(remote.ended).hasValue(0);
        never.countDown();
        await().untilAtomic(remote.ended, is(1));
        // A provider may need its credentials until it is closed, and no longer.
        await().untilAsserted(() -> assertThatThrownBy(remote::token).isInstanceOf(IllegalStateException.class));
    }

    @Test
    void providerThatFailsToCloseHoldsUpNoOther() {
        AtomicInteger calls = new AtomicInteger();
        remote.closing = () -> {
            if (calls.incrementAndGet() == 1) {
                throw new LinkageError("canary");
            }
            remote.ended.incrementAndGet();
        };
        ProviderRegistry registry =
                read(Map.of("remote", Map.of("a", Map.of("token", "t"), "prod", Map.of("token", "t"))));

        registry.close();

        assertThat(remote.ended).hasValue(1);
        assertThatThrownBy(remote::token).isInstanceOf(IllegalStateException.class);
    }

    private ProviderRegistry read(Map<String, ?> providers) {
        Settings root = Settings.root(Map.of("providers", providers), problems);
        ProviderRegistry registry = ProviderRegistry.read(
                root.section("providers"),
                List.of(new EnvProviderFactory(environment), new FileProviderFactory(), remote));
        root.finish();
        return registry;
    }

    /** Stands for a manager on the network; remembers how it was made. */
    private static final class RemoteFactory implements ProviderFactory {
        private static final Field TOKEN =
                Field.of("token", FieldType.SECRET, "The token.").required().build();

        private final Map<String, CredentialSource> tokens = new HashMap<>();
        private final AtomicInteger ended = new AtomicInteger();
        private volatile boolean closed;
        private volatile Closing closing = () -> {};

        interface Closing {
            void run() throws Exception;
        }

        Secret token() throws ProviderException, InterruptedException {
            return Objects.requireNonNull(tokens.get("prod")).read();
        }

        @Override
        public String manager() {
            return "remote";
        }

        @Override
        public Descriptor descriptor() {
            return Descriptor.of(TOKEN);
        }

        @Override
        public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
            tokens.put(id.id(), credentials.required(values, TOKEN));
            return new SecretProvider() {
                @Override
                public ProviderId id() {
                    return id;
                }

                @Override
                public List<SecretAddress> addresses(SecretReference reference) {
                    return List.of();
                }

                @Override
                public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) {
                    return Map.of();
                }

                @Override
                public void close() {
                    try {
                        closing.run();
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                    closed = true;
                }
            };
        }
    }
}
