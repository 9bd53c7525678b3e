package dev.secretproviders.e2e;

import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A small shop's runner for pictures: OpenBao with the keys of customers, local secrets of partners, requests of all of
 * them, a rotation whose overlap runs, and things to mend.
 */
final class DashboardSample implements AutoCloseable {
    private static final List<String> CUSTOMERS = List.of("acme", "borealis", "globex", "initech", "umbra", "wayfarer");
    private static final List<String> PARTNERS = List.of("courier", "payments", "warehouse");
    private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(40);
    /** The pictures are alike from run to run. */
    private static final long SEED = 7;

    private final OpenBao bao;
    private final Etcd etcd;
    private final RunnerProcess runner;
    private final AdminClient admin;
    private final String token;
    private final Map<String, String> keys = new LinkedHashMap<>();
    private final List<String> oldKeys = new ArrayList<>();

    private DashboardSample(OpenBao bao, Etcd etcd, RunnerProcess runner) {
        this.bao = bao;
        this.etcd = etcd;
        this.runner = runner;
        this.admin = runner.admin();
        this.token = token("Jane Miller", "admin");
    }

    static DashboardSample start(Path directory) throws IOException {
        OpenBao bao = OpenBao.start();
        Etcd etcd = null;
        try {
            etcd = Etcd.start();
            RunnerProcess runner = RunnerProcess.start(
                    directory, RunnerProcess.everythingOn(etcd) + "runner: {node-name: gateway-1}\n", Map.of());
            DashboardSample sample = new DashboardSample(bao, etcd, runner);
            try {
                sample.fill();
                return sample;
            } catch (RuntimeException | Error e) {
                sample.close();
                throw e;
            }
        } catch (RuntimeException | IOException | Error e) {
            bao.close();
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
            provider(jane, "vault/shop", "shop", "Keys of all customers", "4h");
            provider(jane, "vault/partners", "partners", "Keys of suppliers", "1h");
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

    private void provider(AdminClient as, String id, String mount, String description, String overlap) {
        as.put("/admin/providers/" + id, """
                        {'uri': '%s', 'prefix': '%s', 'token': '%s', 'desc': '%s',
                         'cache': {'ttl': '2s'}, 'rotation': {'overlap': '%s'}}
                        """.formatted(bao.uri(), mount, bao.rootToken(), description, overlap))
                .expect(201);
    }

    private void consumer(String name, String reference) {
        etcd.put(
                "/apisix/consumers/" + name,
                "{\"username\":\"%s\",\"plugins\":{\"key-auth\":{\"key\":\"%s\"}}}".formatted(name, reference));
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
        bao.close();
    }
}
