package dev.secretproviders.e2e;

import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/**
 * A small shop's runner for pictures: OpenBao with the keys of customers, clients of other kinds, local secrets of
 * partners, certificates, requests, a rotation whose overlap runs, and things to mend.
 */
final class DashboardSample implements AutoCloseable {
    private static final List<String> CUSTOMERS = List.of("acme", "borealis", "globex", "initech", "umbra", "wayfarer");
    private static final List<String> PARTNERS = List.of("courier", "payments", "warehouse");
    private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(40);
    /** The pictures are alike from run to run. */
    private static final long SEED = 7;

    private static final RouteConf REPORTS = RouteConf.of("reports", "secret-basic-auth", "{}");
    private static final String PASSWORD = "the-password-of-reports-2026";

    private static final GatewayRequest REPORT = GatewayRequest.get("/reports")
            .header(
                    "authorization",
                    "Basic "
                            + Base64.getEncoder()
                                    .encodeToString(("reports:" + PASSWORD).getBytes(StandardCharsets.UTF_8)));

    private final OpenBao bao;
    private final Etcd etcd;
    private final ApisixAdminApi gateway;
    private final RunnerProcess runner;
    private final AdminClient admin;
    private final String token;
    private final Map<String, String> keys = new LinkedHashMap<>();
    private final List<String> oldKeys = new ArrayList<>();

    private DashboardSample(OpenBao bao, Etcd etcd, ApisixAdminApi gateway, RunnerProcess runner) {
        this.bao = bao;
        this.etcd = etcd;
        this.gateway = gateway;
        this.runner = runner;
        this.admin = runner.admin();
        this.token = token("Jane Miller", "admin");
    }

    static DashboardSample start(Path directory) throws IOException {
        OpenBao bao = OpenBao.start();
        ApisixAdminApi gateway = ApisixAdminApi.start();
        Etcd etcd = null;
        try {
            etcd = Etcd.start();
            RunnerProcess runner = RunnerProcess.start(
                    directory,
                    RunnerProcess.everythingOn(etcd) + """
                    runner: {node-name: gateway-1}
                    certificates:
                      interval: 1s
                      admin-api: {uri: "%s", admin_key: %s}
                    """.formatted(gateway.uri(), ApisixAdminApi.KEY),
                    Map.of());
            DashboardSample sample = new DashboardSample(bao, etcd, gateway, runner);
            try {
                sample.fill();
                DashboardServer.openFirstPage(sample.address());
                return sample;
            } catch (RuntimeException | Error e) {
                sample.close();
                throw e;
            }
        } catch (RuntimeException | IOException | Error e) {
            bao.close();
            gateway.close();
            if (etcd != null) {
                etcd.close();
            }
            throw e;
        }
    }

    private void fill() {
        bao.enableKv("shop", 2);
        bao.enableKv("partners", 2);
        for (String name : CUSTOMERS) {
            write(name, 1);
            consumer(name, "$secret://vault/shop/%s/key".formatted(name));
        }
        try (AdminClient jane = runner.admin(token)) {
            provider(jane, "vault/shop", "shop", "Keys of all customers", "4h", "");
            provider(
                    jane,
                    "vault/partners",
                    "partners",
                    "Keys of suppliers",
                    "1h",
                    ", 'inject': [{'paths': ['upstreams/**']}], 'pki': 'pki'");
            jane.put(
                            "/admin/providers/local/partners",
                            "{'desc': 'Partners without a secret manager', 'labels': {'team': 'partners'}}")
                    .expect(201);
            for (String name : PARTNERS) {
                String key = "the-key-of-%s-20261".formatted(name);
                jane.put("/admin/secrets/partners/" + name, "{'fields': {'key': '%s'}}".formatted(key))
                        .expect(201);
                consumer(name, "$secret://local/partners/%s/key".formatted(name));
                keys.put(name, key);
            }
            consumer("legacy-app", "$secret://vault/partners/legacy-app/key");
            otherKinds();
            certificates(jane);
            keys.values().forEach(key -> runner.awaitStatus(200, key));
            jane.patch("/admin/secrets/partners/courier", "{'fields': {'key': 'the-key-of-courier-20262'}}")
                    .expect(200);
            keys.put("courier", "the-key-of-courier-20262");
            jane.patch("/admin/providers/vault/shop", "{'labels': {'team': 'shop', 'tier': 'gold'}}")
                    .expect(200);
        }
        token("deploy pipeline", "operator");
        token("compliance", "auditor");
        rotate("globex", 2);
        rotate("initech", 2);
    }

    /** Clients with a password, with tokens and with signatures, and a route whose upstream wants a token. */
    private void otherKinds() {
        bao.kvPut("shop", 2, "reports", Map.of("username", "reports", "password", PASSWORD));
        bao.kvPut("shop", 2, "mobile-app", Map.of("secret", "the-secret-of-the-mobile-app-2026"));
        bao.kvPut("shop", 2, "billing-batch", Map.of("secret_key", "the-secret-key-of-billing-batch-2026"));
        bao.kvPut("partners", 2, "upstreams/billing", Map.of("token", "the-token-of-billing-2026"));
        consumer("reports", "basic-auth", """
                {"username": "$secret://vault/shop/reports/username", "password": "$secret://vault/shop/reports/password"}
                """);
        consumer("mobile-app", "jwt-auth", """
                {"key": "mobile-app", "secret": "$secret://vault/shop/mobile-app/secret"}
                """);
        consumer("billing-batch", "hmac-auth", """
                {"key_id": "billing-batch", "secret_key": "$secret://vault/shop/billing-batch/secret_key"}
                """);
        etcd.put("/apisix/routes/billing", """
                {"id": "billing", "name": "Billing", "uri": "/billing/*", "plugins": {"secret-inject": {
                 "headers": {"Authorization": "Bearer ${secret://vault/partners/upstreams/billing/token}"}}}}
                """);
    }

    /** One that OpenBao renews, and one that ends soon. */
    private void certificates(AdminClient as) {
        bao.put("sys/mounts/pki", Map.of("type", "pki", "config", Map.of("max_lease_ttl", "8760h")));
        bao.put("pki/root/generate/internal", Map.of("common_name", "The authority of the shop", "ttl", "8760h"));
        role("web", "30s");
        role("old", "600h");
        as.put("/admin/certificates/shop", """
                        {'snis': ['shop.example.com'], 'labels': {'team': 'shop'},
                         'issuer': {'provider': 'vault/partners', 'role': 'web', 'ttl': '720h'}}
                        """).expect(201);
        JsonNode made = bao.put("pki/issue/old", Map.of("common_name", "api.example.com", "ttl", "200h"))
                .path("data");
        bao.kvPut(
                "shop",
                2,
                "tls/api",
                Map.of(
                        "crt",
                        made.path("certificate").asString() + "\n",
                        "key",
                        made.path("private_key").asString() + "\n"));
        as.put("/admin/certificates/api", """
                        {'snis': ['api.example.com'], 'certificate': '$secret://vault/shop/tls/api/crt',
                         'key': '$secret://vault/shop/tls/api/key'}
                        """).expect(201);
    }

    /** @param notBefore for how long certificates of the role have been valid when they are issued */
    private void role(String name, String notBefore) {
        bao.put(
                "pki/roles/" + name,
                Map.of(
                        "allowed_domains",
                        "example.com",
                        "allow_subdomains",
                        true,
                        "key_type",
                        "ec",
                        "not_before_duration",
                        notBefore));
    }

    private void provider(AdminClient as, String id, String mount, String description, String overlap, String more) {
        as.put("/admin/providers/" + id, """
                        {'uri': '%s', 'prefix': '%s', 'token': '%s', 'desc': '%s',
                         'cache': {'ttl': '2s'}, 'rotation': {'overlap': '%s'}%s}
                        """.formatted(bao.uri(), mount, bao.rootToken(), description, overlap, more))
                .expect(201);
    }

    private void consumer(String name, String reference) {
        consumer(name, "key-auth", "{\"key\": \"" + reference + "\"}");
    }

    private void consumer(String name, String plugin, String conf) {
        etcd.put(
                "/apisix/consumers/" + name,
                "{\"username\": \"%s\", \"plugins\": {\"%s\": %s}}".formatted(name, plugin, conf));
    }

    private void write(String name, int version) {
        String key = "the-key-of-%s-2026%d".formatted(name, version);
        bao.kvPut("shop", 2, name, Map.of("key", key));
        keys.put(name, key);
    }

    private void rotate(String name, int version) {
        oldKeys.add(keys.getOrDefault(name, ""));
        write(name, version);
        runner.awaitStatus(200, keys.getOrDefault(name, ""));
    }

    private String token(String name, String role) {
        return admin.post("/admin/tokens", "{'name': '%s', 'roles': ['%s']}".formatted(name, role))
                .expect(201)
                .json()
                .path("value")
                .path("token")
                .asString();
    }

    /** Sends requests of all consumers, some with old keys and some with wrong ones, so that charts have lines. */
    void use(Duration time) throws InterruptedException {
        Random random = new Random(SEED);
        List<String> names = List.copyOf(keys.keySet());
        long start = System.nanoTime();
        try (RunnerClient client = runner.client()) {
            while (System.nanoTime() - start < time.toNanos()) {
                int choice = random.nextInt(100);
                String key = choice < 4
                        ? "a-guessed-key"
                        : choice < 12
                                ? oldKeys.get(random.nextInt(oldKeys.size()))
                                : keys.getOrDefault(
                                        names.get((int) (names.size() * Math.pow(random.nextDouble(), 2))), "");
                RunnerProcess.statusFor(client, key);
                if (choice > 90) {
                    client.call(REPORT, REPORTS);
                }
                Thread.sleep(BETWEEN_REQUESTS.toMillis() / 2 + random.nextInt((int) BETWEEN_REQUESTS.toMillis()));
            }
        }
    }

    /** Pages that the navigation does not lead to directly, by the name of their picture. */
    Map<String, String> pages() {
        return Map.of(
                "provider", "/dashboard/providers/vault/shop",
                "provider-new", "/dashboard/providers/new/vault",
                "provider-delete", "/dashboard/providers/vault/shop/delete",
                "secret", "/dashboard/secrets/partners/show?path=courier",
                "consumer", "/dashboard/consumers/globex",
                "certificate", "/dashboard/certificates/api",
                "graph", "/dashboard/references/graph?from=consumer/globex");
    }

    String address() {
        return runner.base();
    }

    String token() {
        return token;
    }

    @Override
    public void close() {
        admin.close();
        runner.close();
        etcd.close();
        gateway.close();
        bao.close();
    }
}
