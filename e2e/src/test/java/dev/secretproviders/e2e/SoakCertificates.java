package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.OpenBao;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * A certificate that is rotated in OpenBao again and again. The gateway gets each version, also after a fault, and
 * never has a certificate with the key of another one.
 */
final class SoakCertificates {
    private static final String NAME = "shop.example.com";
    /** Time for the longest fault, the back-off after it, and a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final Duration CALM = Duration.ofSeconds(2);
    private static final int KEPT = 2;

    private final OpenBao bao;
    private final ApisixAdminApi gateway;
    /** The versions that the gateway may have. */
    private final Queue<Version> versions = new ConcurrentLinkedQueue<>();

    private final AtomicInteger rotations = new AtomicInteger();

    private record Version(String certificate, String key) {
        boolean is(JsonNode ssl) {
            return certificate.equals(ssl.path("cert").asString("").strip())
                    && key.equals(ssl.path("key").asString("").strip());
        }
    }

    SoakCertificates(OpenBao bao, ApisixAdminApi gateway) {
        this.bao = bao;
        this.gateway = gateway;
    }

    /** Returns the lines of the runner's configuration. */
    static String yaml(ApisixAdminApi gateway) {
        return """
                certificates:
                  interval: 1s
                  admin-api: {uri: "%s", admin_key: %s}
                """.formatted(gateway.uri(), ApisixAdminApi.KEY);
    }

    /** Creates the certificate object, through a provider that exists. */
    void create(AdminClient admin) {
        synchronized (bao) {
            JsonNode _ = bao.put("sys/mounts/pki", Map.of("type", "pki", "config", Map.of("max_lease_ttl", "8760h")));
            JsonNode _ = bao.put("pki/root/generate/internal", Map.of("common_name", "A root", "ttl", "8760h"));
            JsonNode _ = bao.put(
                    "pki/roles/web",
                    Map.of("allowed_domains", "example.com", "allow_subdomains", true, "key_type", "ec"));
        }
        Version first = write();
        admin.put(
                        "/admin/certificates/shop",
                        "{'snis': ['" + NAME + "'], 'certificate': '$secret://vault/prod/tls/crt',"
                                + " 'key': '$secret://vault/prod/tls/key'}")
                .expect(201);
        await("the first certificate").atMost(PATIENCE).until(() -> isInForce(first));
    }

    private Version write() {
        synchronized (bao) {
            // The form in which the runner writes keys, too.
            Map<String, String> wanted = Map.of("common_name", NAME, "ttl", "720h", "private_key_format", "pkcs8");
            JsonNode issued = bao.put("pki/issue/web", wanted).path("data");
            Version next = new Version(
                    issued.path("certificate").asString().strip(),
                    issued.path("private_key").asString().strip());
            versions.add(next);
            int _ = bao.kvPut("kv", 2, "apisix/tls", Map.of("crt", next.certificate(), "key", next.key()));
            return next;
        }
    }

    private boolean isInForce(Version version) {
        JsonNode ssl = gateway.stored("ssls", "shop");
        if (ssl == null) {
            return false;
        }
        assertThat(versions).as("the gateway's certificate has its own key").anyMatch(known -> known.is(ssl));
        return version.is(ssl);
    }

    /** Rotates until it is stopped. */
    void run(CountDownLatch stop) throws InterruptedException {
        while (!stop.await(CALM.toMillis(), TimeUnit.MILLISECONDS)) {
            Version next = write();
            await("certificate " + rotations.get()).atMost(PATIENCE).until(() -> isInForce(next));
            rotations.incrementAndGet();
            while (versions.size() > KEPT) {
                versions.remove();
            }
        }
    }

    int rotations() {
        return rotations.get();
    }
}
