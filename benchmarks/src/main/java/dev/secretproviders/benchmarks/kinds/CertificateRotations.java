package dev.secretproviders.benchmarks.kinds;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.subject.LocalRunner;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * Measures the time from the rotation of a certificate in a real OpenBao until a server that keeps to APISIX's Admin API
 * has it in its {@code ssls}. All times are in milliseconds.
 *
 * @param checked after the rotation, without a call of the Admin API
 * @param refreshed after {@code POST /admin/refresh} was acknowledged
 */
record CertificateRotations(List<Double> checked, List<Double> refreshed) {
    /** The time between two checks of a secret, at most. */
    static final Duration CHECK = Duration.ofSeconds(2);

    private static final String NAME = "shop.example.com";
    private static final int KV_VERSION = 2;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

    /** Copies the lists. */
    CertificateRotations {
        checked = List.copyOf(checked);
        refreshed = List.copyOf(refreshed);
    }

    static CertificateRotations measure(Processors processors, Workplace workplace, Path launcher, int times)
            throws IOException, InterruptedException {
        List<Double> checked = new ArrayList<>();
        List<Double> refreshed = new ArrayList<>();
        try (OpenBao bao = OpenBao.start();
                ApisixAdminApi gateway = ApisixAdminApi.start();
                LocalRunner runner =
                        LocalRunner.start(processors, workplace.directory(), launcher, "[]", settings(gateway))) {
            authority(bao);
            String first = rotate(bao);
            runner.put(
                    "/admin/providers/vault/bao",
                    "{\"uri\":\"%s\",\"prefix\":\"secret\",\"token\":\"%s\",\"cache\":{\"ttl\":\"%ds\"}}"
                            .formatted(bao.uri(), bao.rootToken(), CHECK.toSeconds()));
            runner.put(
                    "/admin/certificates/shop",
                    "{\"snis\":[\"" + NAME + "\"],\"certificate\":\"$secret://vault/bao/tls/shop/crt\","
                            + "\"key\":\"$secret://vault/bao/tls/shop/key\",\"delivery\":\"admin_api\"}");
            double _ = await(gateway, first, System.nanoTime());
            for (int i = 0; i < times; i++) {
                // At any moment between two checks.
                Thread.sleep(ThreadLocalRandom.current().nextLong(CHECK.toMillis()));
                checked.add(await(gateway, rotate(bao), System.nanoTime()));
                String certificate = rotate(bao);
                runner.post("/admin/refresh", "{\"provider\":\"vault/bao\"}");
                refreshed.add(await(gateway, certificate, System.nanoTime()));
            }
        }
        return new CertificateRotations(checked, refreshed);
    }

    private static String settings(ApisixAdminApi gateway) {
        return "certificates: {admin-api: {uri: \"" + gateway.uri() + "\", admin_key: " + ApisixAdminApi.KEY + "}}\n";
    }

    private static void authority(OpenBao bao) {
        JsonNode _ = bao.put("sys/mounts/pki", Map.of("type", "pki", "config", Map.of("max_lease_ttl", "8760h")));
        JsonNode _ = bao.put("pki/root/generate/internal", Map.of("common_name", "A root", "ttl", "8760h"));
        JsonNode _ = bao.put(
                "pki/roles/web",
                Map.of("allowed_domains", "example.com", "allow_subdomains", true, "key_type", "ec", "key_bits", 256));
    }

    /** Puts a new certificate into the secret and returns it. */
    private static String rotate(OpenBao bao) {
        JsonNode issued = bao.put("pki/issue/web", Map.of("common_name", NAME, "ttl", "720h"))
                .path("data");
        String certificate = issued.path("certificate").asString();
        int _ = bao.kvPut(
                "secret",
                KV_VERSION,
                "tls/shop",
                Map.of("crt", certificate, "key", issued.path("private_key").asString()));
        return certificate;
    }

    private static double await(ApisixAdminApi gateway, String certificate, long since)
            throws IOException, InterruptedException {
        while (true) {
            JsonNode stored = gateway.stored("ssls", "shop");
            long now = System.nanoTime();
            if (stored != null && stored.path("cert").asString("").strip().equals(certificate.strip())) {
                return (now - since) / (double) TimeUnit.MILLISECONDS.toNanos(1);
            }
            if (now - since > PATIENCE) {
                throw new IOException("a new certificate did not reach the gateway within 30 s");
            }
            Thread.sleep(1);
        }
    }
}
