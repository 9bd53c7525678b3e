package dev.secretproviders.admin.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.certificate.TestCertificates.Issued;
import dev.secretproviders.certificate.TestGateway;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Two runners on one etcd: each sees every certificate, and one of them writes. */
class CertificatesOfTwoRunnersTest {
    private static final String SHOP = "/admin/certificates/shop";

    @TempDir
    private Path directory;

    @TempDir
    private Path elsewhere;

    @Test
    void oneOfThemWrites() throws Exception {
        MasterKeyring keyring = AdminFixture.keyring();
        try (Etcd etcd = Etcd.start();
                ApisixAdminApi gateway = ApisixAdminApi.start();
                AdminFixture one = new AdminFixture(directory, open(etcd), keyring, TestGateway.settings(gateway));
                AdminFixture other = new AdminFixture(elsewhere, open(etcd), keyring, TestGateway.settings(gateway))) {
            one.put("/admin/providers/local/tls", "{}").expect(201);
            await().until(() -> other.call(one.firstToken, "GET", "/admin/providers/local/tls", null)
                            .status()
                    == 200);
            write(one, one.firstToken, TestCertificates.good("shop.example.com"));
            one.put(
                            SHOP,
                            "{'snis': ['shop.example.com'], 'certificate': '$secret://local/tls/shop/crt', 'key':"
                                    + " '$secret://local/tls/shop/key'}")
                    .expect(201);
            for (AdminFixture each : List.of(one, other)) {
                await().untilAsserted(
                                () -> assertThat(state(each, one.firstToken)).isEqualTo("in_force"));
            }

            for (int rotation = 1; rotation <= 5; rotation++) {
                Issued next = TestCertificates.good("shop.example.com");
                write(rotation % 2 == 0 ? one : other, one.firstToken, next);
                await().untilAsserted(() -> assertThat(
                                gateway.object("ssls", "shop").path("cert").asString())
                        .isEqualTo(next.pem()));
                for (AdminFixture each : List.of(one, other)) {
                    await().untilAsserted(() -> assertThat(
                                    each.call(one.firstToken, "GET", SHOP, null).text())
                            .contains(
                                    "in_force",
                                    next.certificate().getSerialNumber().toString(16)));
                }
            }
            assertThat(gateway.writes()).isEqualTo(6);
            assertThat(one.audited()).doesNotContain("certificate.repair certificate/shop");

            other.call(one.firstToken, "DELETE", SHOP, null).expect(204);
            await().untilAsserted(
                            () -> assertThat(gateway.stored("ssls", "shop")).isNull());
            await().untilAsserted(() -> assertThat(one.get(SHOP).status()).isEqualTo(404));
        }
    }

    private static String state(AdminFixture runner, String token) {
        return runner.call(token, "GET", SHOP, null)
                .json()
                .path("value")
                .path("status")
                .path("state")
                .asString("");
    }

    private static void write(AdminFixture runner, String token, Issued certificate) {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.putObject("fields").put("crt", certificate.pem()).put("key", certificate.key());
        assertThat(runner.call(token, "PUT", "/admin/secrets/tls/shop", body.toString())
                        .status())
                .isIn(200, 201);
    }

    private static Store open(Etcd etcd) {
        return EtcdStore.open(new EtcdAccess(
                List.of(etcd.endpoint().toString()), "/secret-providers", null, null, Duration.ofSeconds(10)));
    }
}
