package dev.secretproviders.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.peers.FaultProxy;
import dev.secretproviders.peers.HttpReply;
import dev.secretproviders.peers.KubeApiServer;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.util.Watch;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Watches at a real API server, over a connection that can be cut, with the rights in the documentation. */
@Tag("all")
final class RealClusterWatchTest {
    private static final SecretPath JACK = SecretPath.current("shop/jack");
    private static final String REFERENCE = "$secret://kubernetes/test/shop/jack/key";
    private static final String ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles";

    private static KubeApiServer cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = KubeApiServer.start();
        fill(cluster);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void writeSecret() {
        cluster.putSecret("shop", "jack", Map.of("key", "one"));
    }

    @Test
    void changesAreToldWithinASecond() throws Exception {
        try (Follower follower = new Follower(cluster)) {
            follower.follow();

            long start = System.nanoTime();
            cluster.putSecret("shop", "jack", Map.of("key", "two"));
            assertThat(follower.next()).isEqualTo(JACK);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
            assertThat(follower.value()).isEqualTo("two");

            cluster.deleteSecret("shop", "jack");
            assertThat(follower.next()).isEqualTo(JACK);
            assertThat(follower.answer()).isInstanceOf(FetchResult.Missing.class);

            cluster.putSecret("shop", "jack", Map.of("key", "three"));
            assertThat(follower.next()).isEqualTo(JACK);
            assertThat(follower.value()).isEqualTo("three");
        }
    }

    @Test
    void noValueGoesOverTheWatch() throws Exception {
        try (Follower follower = new Follower(cluster);
                Watch<V1Secret> events = follower.client.watch("shop", null)) {
            Watch.Response<V1Secret> event = events.next();
            assertThat(event.status).isNull();
            assertThat(event.type).isEqualTo("ADDED");
            V1Secret secret = event.object;

            assertThat(Objects.requireNonNull(secret.getMetadata()).getName()).isIn("jack", "stranger");
            assertThat(secret.getData()).isNullOrEmpty();
            assertThat(secret.getStringData()).isNullOrEmpty();
        }
    }

    @Test
    void secretsThatNobodyReferredToAreNotTold() throws Exception {
        try (Follower follower = new Follower(cluster)) {
            follower.follow();

            cluster.putSecret("shop", "stranger", Map.of("key", "canary"));
            cluster.putSecret("shop", "jack", Map.of("key", "two"));

            assertThat(follower.next()).isEqualTo(JACK);
            assertThat(follower.told).isEmpty();
        }
    }

    @Test
    void connectionThatBreaksLosesNoChange() throws Exception {
        try (Follower follower = new Follower(cluster)) {
            follower.follow();

            follower.network.refuse();
            cluster.deleteSecret("shop", "jack");
            follower.network.forward();

            assertThat(follower.next()).isEqualTo(JACK);
            assertThat(follower.answer()).isInstanceOf(FetchResult.Missing.class);
        }
    }

    /** A server that started a moment ago no longer has the versions before, and answers 410. */
    @Test
    void restartOfTheServerLosesNoChange() throws Exception {
        try (Follower follower = new Follower(cluster)) {
            follower.follow();

            cluster.stop();
            cluster.etcd().delete("/registry/secrets/shop/jack");
            cluster.startAgain();

            assertThat(follower.next()).isEqualTo(JACK);
            assertThat(follower.answer()).isInstanceOf(FetchResult.Missing.class);
            follower.told.clear();
            cluster.putSecret("shop", "jack", Map.of("key", "two"));
            assertThat(follower.next()).isEqualTo(JACK);
        }
    }

    @Test
    void compactionLosesNoChange() throws Exception {
        // Without its own memory of changes, the server depends on those in etcd.
        try (KubeApiServer forgetful = KubeApiServer.start("--watch-cache=false")) {
            fill(forgetful);
            try (Follower follower = new Follower(forgetful)) {
                follower.follow();
                String seen = forgetful
                        .http("GET", "/api/v1/namespaces/shop/secrets/jack", null)
                        .json()
                        .at("/metadata/resourceVersion")
                        .asString();

                follower.network.refuse();
                forgetful.deleteSecret("shop", "jack");
                forgetful.putSecret("shop", "later", Map.of("key", "value"));
                forgetful.etcd().compact(forgetful.etcd().revision());
                HttpReply gone = forgetful.http(
                        "GET",
                        "/api/v1/namespaces/shop/secrets?watch=true&timeoutSeconds=5&resourceVersion=" + seen,
                        null);
                assertThat(gone.text()).contains("\"code\":410");
                follower.network.forward();

                assertThat(follower.next()).isEqualTo(JACK);
                assertThat(follower.answer()).isInstanceOf(FetchResult.Missing.class);
                follower.told.clear();
                forgetful.putSecret("shop", "jack", Map.of("key", "two"));
                assertThat(follower.next()).isEqualTo(JACK);
            }
        }
    }

    @Test
    void withoutTheRightToWatchSecretsAreReadAndWithItTheyAreFollowed() throws Exception {
        JsonNode role = cluster.http("GET", ROLES + "/secret-providers", null).json();
        try (Follower follower = new Follower(cluster)) {
            assertThat(cluster.http("PUT", ROLES + "/secret-providers", withoutWatch(role))
                            .succeeded())
                    .isTrue();
            await().until(() -> !follower.mayWatch());

            assertThat(follower.value()).isEqualTo("one");
            assertThat(follower.told.poll(500, TimeUnit.MILLISECONDS)).isNull();

            cluster.apply(RealClusterTest.ofThePage().get(1));
            assertThat(follower.next()).isEqualTo(JACK);
        } finally {
            cluster.apply(RealClusterTest.ofThePage().get(1));
        }
    }

    private static String withoutWatch(JsonNode role) {
        return role.toString().replace("\"watch\"", "\"delete\"");
    }

    private static void fill(KubeApiServer cluster) throws Exception {
        cluster.createNamespace("shop");
        cluster.createNamespace("gateway");
        cluster.createServiceAccount("gateway", "apisix");
        for (JsonNode object : RealClusterTest.ofThePage()) {
            cluster.apply(object);
        }
        cluster.putSecret("shop", "jack", Map.of("key", "one"));
        // The server learns of rights from its own storage a moment later.
        try (Follower follower = new Follower(cluster)) {
            await().ignoreExceptions().until(() -> "one".equals(follower.value()) && follower.mayWatch());
        }
    }

    /** A provider with the rights of the documentation, behind a network that can fail. */
    private static final class Follower implements AutoCloseable {
        private final LinkedBlockingQueue<SecretPath> told = new LinkedBlockingQueue<>();
        private final FaultProxy network;
        private final KubernetesClient client;
        private final SecretProvider provider;

        Follower(KubeApiServer cluster) throws Exception {
            String token = cluster.issueToken("gateway", "apisix", 600);
            network = FaultProxy.before(cluster.uri());
            client = new KubernetesClient(
                    new ClusterSource.Configured(new ClusterAccess(
                            network.uri(),
                            TlsSettings.ofPem(Files.readAllBytes(cluster.caFile()), null, null, true),
                            () -> Secret.ofUtf8(token))),
                    Outbound.UNLIMITED,
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(4));
            provider = new KubernetesProvider(
                    new ProviderId("kubernetes", "test"),
                    client,
                    "default",
                    new NamespaceWatch.Pauses(Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofMillis(300)));
            provider.onChange(told::addAll);
        }

        /** Reads the secret and waits until it is watched: a watch begins with the names, then with the state. */
        void follow() throws Exception {
            assertThat(value()).isEqualTo("one");
            assertThat(next()).isEqualTo(JACK);
            assertThat(next()).isEqualTo(JACK);
            // A watch that fails and begins again would tell the name each time.
            assertThat(told.poll(1, TimeUnit.SECONDS)).isNull();
        }

        boolean mayWatch() {
            try (Watch<V1Secret> events = client.watch("shop", null)) {
                return events.hasNext();
            } catch (Exception e) {
                return false;
            }
        }

        String value() throws Exception {
            return String.valueOf(ProviderContract.value(provider, REFERENCE));
        }

        FetchResult answer() throws Exception {
            return ProviderContract.resolve(provider, REFERENCE);
        }

        SecretPath next() throws InterruptedException {
            return Objects.requireNonNull(told.poll(20, TimeUnit.SECONDS), "a change is told");
        }

        @Override
        public void close() {
            provider.close();
            network.close();
        }
    }
}
