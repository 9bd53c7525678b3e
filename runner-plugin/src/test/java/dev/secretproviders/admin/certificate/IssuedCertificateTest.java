package dev.secretproviders.admin.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.certificate.TestGateway;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of OpenBao: issued by its PKI engine, and read from its KV engine. */
class IssuedCertificateTest {
    private static OpenBao bao;

    @TempDir
    private Path directory;

    private final ApisixAdminApi gateway = ApisixAdminApi.start();
    private AdminFixture admin;

    @BeforeAll
    static void startBao() {
        bao = OpenBao.start();
        bao.put("sys/mounts/pki", Map.of("type", "pki", "config", Map.of("max_lease_ttl", "8760h")));
        bao.put("pki/root/generate/internal", Map.of("common_name", "A root of OpenBao", "ttl", "8760h"));
        bao.put(
                "pki/roles/web",
                Map.of("allowed_domains", "example.com", "allow_subdomains", true, "key_type", "ec", "key_bits", 256));
    }

    @AfterAll
    static void stopBao() {
        bao.close();
    }

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory, TestGateway.settings(gateway));
        admin.put(
                        "/admin/providers/vault/bao",
                        "{'uri': '" + bao.uri() + "', 'prefix': 'secret', 'pki': 'pki', 'token': '" + bao.rootToken()
                                + "', 'cache': {'ttl': '1h'}}")
                .expect(201);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
        gateway.close();
    }

    private String serial(String id) {
        return admin.get("/admin/certificates/" + id)
                .expect(200)
                .json()
                .path("value")
                .path("status")
                .path("serial")
                .asString("");
    }

    @Test
    void certificateIsIssuedWrittenAndRenewedBeforeItEnds() throws Exception {
        admin.put(
                        "/admin/certificates/issued",
                        "{'snis': ['a.example.com'], 'issuer': {'provider': 'vault/bao', 'role': 'web', 'ttl': '1m'}}")
                .expect(201);

        await().untilAsserted(() -> assertThat(gateway.stored("ssls", "issued")).isNotNull());
        String first = serial("issued");
        assertThat(first).isNotEmpty();
        assertThat(admin.audited()).contains("certificate.issue certificate/issued");

        // Two thirds of a minute.
        await().atMost(Duration.ofSeconds(55))
                .untilAsserted(() -> assertThat(serial("issued")).isNotEqualTo(first));
        assertThat(gateway.writes()).isEqualTo(2);
    }

    @Test
    void nameThatTheRoleDoesNotAllowIsAProblemOfTheCertificate() {
        admin.put(
                        "/admin/certificates/other",
                        "{'snis': ['a.example.org'], 'issuer': {'provider': 'vault/bao', 'role': 'web'}}")
                .expect(201);

        assertThat(admin.get("/admin/certificates/other").expect(200).text())
                .contains("refused", "issuer", "not allowed by this role");
        assertThat(gateway.writes()).isZero();
    }

    @Test
    void providerThatIssuesACertificateIsNotDeleted() {
        admin.put(
                        "/admin/certificates/kept",
                        "{'snis': ['a.example.com'], 'issuer': {'provider': 'vault/bao', 'role': 'web'}}")
                .expect(201);

        assertThat(admin.get("/admin/providers/vault/bao/usage")
                        .expect(200)
                        .json()
                        .path("list"))
                .singleElement()
                .satisfies(use -> {
                    assertThat(use.path("resource_id").asString()).isEqualTo("kept");
                    assertThat(use.path("state").asString()).isEqualTo("issued");
                });
        assertThat(admin.delete("/admin/providers/vault/bao").expect(409).text())
                .contains("certificate", "kept");
    }

    @Test
    void rotationInOpenBaoReachesTheGatewayWithinASecondAfterARefresh() {
        var first = TestCertificates.good("shop.example.com");
        var second = TestCertificates.good("shop.example.com");
        bao.kvPut("secret", 2, "tls/shop", Map.of("crt", first.pem(), "key", first.key()));
        admin.put(
                        "/admin/certificates/shop",
                        "{'snis': ['shop.example.com'], 'certificate': '$secret://vault/bao/tls/shop/crt', 'key':"
                                + " '$secret://vault/bao/tls/shop/key'}")
                .expect(201);
        assertThat(gateway.object("ssls", "shop").path("cert").asString()).isEqualTo(first.pem());

        bao.kvPut("secret", 2, "tls/shop", Map.of("crt", second.pem(), "key", second.key()));
        admin.post("/admin/refresh", "{'provider': 'vault/bao'}").expect(202);

        await().pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(
                                gateway.object("ssls", "shop").path("key").asString())
                        .isEqualTo(second.key()));
    }
}
