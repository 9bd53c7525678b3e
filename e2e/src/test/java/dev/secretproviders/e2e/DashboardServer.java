package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The packaged runner with something to look at: OpenBao, an etcd with the store and the consumers, providers, local
 * secrets, references that resolve and one that does not, and a rotation within its overlap.
 */
final class DashboardServer implements AutoCloseable {
    /** Begins each secret that was planted. */
    static final String CANARY = "c4n4ry";

    static final String KEY_OF_JACK = CANARY + "-key-of-jack";
    static final String NEW_KEY_OF_JACK = CANARY + "-new-key-of-jack";

    private static final Duration SOON = Duration.ofSeconds(15);

    private final OpenBao bao;
    private final Etcd etcd;
    private final RunnerProcess runner;
    private final AdminClient admin;

    private DashboardServer(OpenBao bao, Etcd etcd, RunnerProcess runner) {
        this.bao = bao;
        this.etcd = etcd;
        this.runner = runner;
        this.admin = runner.admin();
    }

    /** Starts everything. */
    static DashboardServer start(Path directory) throws IOException {
        return start(directory, "", RunnerProcess.freePort());
    }

    /**
     * Starts everything.
     *
     * @param yaml more configuration
     * @param port the port of the dashboard, which an OpenID provider has to know before
     */
    static DashboardServer start(Path directory, String yaml, int port) throws IOException {
        OpenBao bao = OpenBao.start();
        Etcd etcd = null;
        try {
            etcd = Etcd.start();
            bao.enableKv("kv", 2);
            bao.kvPut("kv", 2, "jack", Map.of("key", KEY_OF_JACK));
            bao.kvPut("kv", 2, "rose", Map.of("key", CANARY + "-key-of-rose"));
            consumer(etcd, "jack", "$secret://vault/prod/jack/key");
            consumer(etcd, "rose", "$secret://vault/prod/rose/key");
            consumer(etcd, "lost", "$secret://vault/prod/lost/key");
            consumer(etcd, "ann", "$secret://local/own/ann/key");
            otherKinds(etcd);
            RunnerProcess runner = RunnerProcess.start(
                    directory, RunnerProcess.everythingOn(etcd) + yaml, Map.of(), RunnerCommand.quick(), port);
            return new DashboardServer(bao, etcd, runner).filled();
        } catch (RuntimeException | IOException | Error e) {
            bao.close();
            if (etcd != null) {
                etcd.close();
            }
            throw e;
        }
    }

    /** A client with a password and tokens, and a route whose upstream wants a secret. */
    private static void otherKinds(Etcd etcd) {
        etcd.put("/apisix/consumers/zoe", """
                {"username": "zoe", "plugins": {
                  "basic-auth": {"username": "zoe", "password": "$secret://local/own/zoe/password"},
                  "jwt-auth": {"key": "zoe", "secret": "$secret://local/own/zoe/secret"}}}
                """);
        etcd.put("/apisix/routes/billing", """
                {"id": "billing", "name": "Billing", "uri": "/billing/*", "plugins": {"secret-inject": {
                  "headers": {"X-Token": "${secret://local/own/upstream/token}"}}}}
                """);
    }

    private static void consumer(Etcd etcd, String name, String reference) {
        etcd.put(
                "/apisix/consumers/" + name,
                "{\"username\":\"%s\",\"plugins\":{\"key-auth\":{\"key\":\"%s\"}}}".formatted(name, reference));
    }

    private DashboardServer filled() {
        try {
            admin.put("/admin/providers/vault/prod", """
                            {'uri': '%s', 'prefix': 'kv', 'token': '%s', 'desc': 'Keys of the shop',
                             'labels': {'team': 'shop'}, 'cache': {'ttl': '1s'}, 'rotation': {'overlap': '1h'}}
                            """.formatted(bao.uri(), bao.rootToken()))
                    .expect(201);
            admin.put("/admin/providers/vault/away", """
                            {'uri': 'http://127.0.0.1:1', 'prefix': 'kv', 'token': 'c4n4ry-token'}
                            """).expect(201);
            admin.put(
                            "/admin/providers/local/own",
                            "{'desc': 'Secrets of our own', 'inject': [{'paths': ['upstream/*']}]}")
                    .expect(201);
            admin.put("/admin/secrets/own/zoe", """
                            {'fields': {'password': 'c4n4ry-password-of-zoe', 'secret': 'c4n4ry-secret-of-zoe-0123456789ab'}}
                            """).expect(201);
            admin.put("/admin/secrets/own/upstream", "{'fields': {'token': 'c4n4ry-token-of-billing'}}")
                    .expect(201);
            certificate();
            admin.put("/admin/secrets/own/ann", "{'fields': {'key': 'c4n4ry-key-of-ann'}}")
                    .expect(201);
            admin.put("/admin/secrets/own/unused", "{'fields': {'key': 'c4n4ry-unused'}}")
                    .expect(201);
            admin.patch("/admin/secrets/own/unused", "{'fields': {'key': 'c4n4ry-unused-2'}}");
            runner.awaitStatus(200, KEY_OF_JACK);
            runner.awaitStatus(200, CANARY + "-key-of-ann");
            rotate();
            // A client still uses the previous version.
            runner.statusFor(KEY_OF_JACK);
            openFirstPage(address());
            return this;
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A certificate of OpenBao that no gateway gets. */
    private void certificate() {
        bao.put("sys/mounts/pki", Map.of("type", "pki"));
        bao.put("pki/root/generate/internal", Map.of("common_name", "An authority"));
        bao.put("pki/roles/web", Map.of("allow_any_name", true, "key_type", "ec"));
        JsonNode made = bao.put("pki/issue/web", Map.of("common_name", "shop.example.com", "ttl", "240h"))
                .path("data");
        bao.kvPut(
                "kv",
                2,
                "tls",
                Map.of(
                        "crt", made.path("certificate").asString(),
                        "key", made.path("private_key").asString()));
        admin.put("/admin/certificates/shop", """
                        {'snis': ['shop.example.com'], 'certificate': '$secret://vault/prod/tls/crt',
                         'key': '$secret://vault/prod/tls/key', 'delivery': 'adc'}
                        """).expect(201);
    }

    /** The first page waits until the dashboard is made. On a busy machine that takes longer than a browser waits. */
    static void openFirstPage(String address) {
        HttpRequest page =
                HttpRequest.newBuilder(URI.create(address + "/dashboard/login")).build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            assertThat(http.send(page, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
        } catch (IOException e) {
            throw new AssertionError("the dashboard does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Gives Jack the next key in OpenBao and waits until it is in force. */
    private void rotate() {
        bao.kvPut("kv", 2, "jack", Map.of("key", NEW_KEY_OF_JACK));
        runner.awaitStatus(200, NEW_KEY_OF_JACK);
    }

    String address() {
        return runner.base();
    }

    OpenBao bao() {
        return bao;
    }

    RunnerProcess runner() {
        return runner;
    }

    AdminClient admin() {
        return admin;
    }

    AdminClient admin(String token) {
        return runner.admin(token);
    }

    /** Adds a consumer whose key is the reference. */
    void consumer(String name, String reference) {
        consumer(etcd, name, reference);
    }

    /** Deletes a consumer. */
    void noConsumer(String name) {
        etcd.delete("/apisix/consumers/" + name);
    }

    /** Waits until the runner knows a reference of the consumer. */
    void awaitReference(String consumer) {
        await("a reference of " + consumer)
                .atMost(SOON)
                .until(() -> references().contains(consumer));
    }

    /** Waits until the runner has forgotten all references of the consumer. */
    void awaitNoReference(String consumer) {
        await("no reference of " + consumer)
                .atMost(SOON)
                .until(() -> !references().contains(consumer));
    }

    private String references() {
        return admin.get("/admin/references?page_size=100").expect(200).text();
    }

    /** Makes a token with a role, limited to providers if any are named. */
    String token(String role, String... providers) {
        String scope = providers.length == 0
                ? ""
                : ", 'scope': {'providers': ['%s']}".formatted(String.join("', '", List.of(providers)));
        return admin.post(
                        "/admin/tokens",
                        "{'name': '%s of %d', 'roles': ['%s']%s}".formatted(role, System.nanoTime(), role, scope))
                .expect(201)
                .json()
                .path("value")
                .path("token")
                .asString();
    }

    @Override
    public void close() {
        admin.close();
        runner.close();
        etcd.close();
        bao.close();
    }
}
