package dev.secretproviders.admin.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.AdminFixture.Answer;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.certificate.TestCertificates.Issued;
import dev.secretproviders.certificate.TestGateway;
import dev.secretproviders.peers.ApisixAdminApi;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Certificates from their references to APISIX's {@code ssls}, over the Admin API. */
class CertificateResourceTest {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String SHOP = "/admin/certificates/shop";
    private static final String REFERRING =
            "{'snis': ['shop.example.com'], 'certificate': '$secret://local/tls/shop/crt',"
                    + " 'key': '$secret://local/tls/shop/key'}";

    @TempDir
    private Path directory;

    private final ApisixAdminApi gateway = ApisixAdminApi.start();
    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory, TestGateway.settings(gateway));
        admin.put("/admin/providers/local/tls", "{}").expect(201);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
        gateway.close();
    }

    private void secret(Issued certificate) {
        ObjectNode fields = JSON.createObjectNode();
        fields.put("crt", certificate.pem());
        fields.put("key", certificate.key());
        assertThat(admin.put(
                                "/admin/secrets/tls/shop",
                                JSON.createObjectNode()
                                        .set("fields", fields)
                                        .toString()
                                        .replace("'", ""))
                        .status())
                .isIn(200, 201);
    }

    private String state() {
        return admin.get(SHOP)
                .expect(200)
                .json()
                .path("value")
                .path("status")
                .path("state")
                .asString();
    }

    @Test
    void certificateIsWrittenRotatedAndRemoved() throws Exception {
        Issued first = TestCertificates.good("shop.example.com");
        secret(first);

        Answer created = admin.put(SHOP, REFERRING).expect(201);

        JsonNode status = created.json().path("value").path("status");
        assertThat(status.path("state").asString()).isEqualTo("in_force");
        assertThat(Instant.parse(status.path("expires_at").asString()))
                .isEqualTo(first.certificate().getNotAfter().toInstant());
        JsonNode ssl = gateway.object("ssls", "shop");
        assertThat(ssl.path("cert").asString()).isEqualTo(first.pem());
        assertThat(ssl.path("key").asString()).isEqualTo(first.key());
        assertThat(ssl.path("snis").path(0).asString()).isEqualTo("shop.example.com");

        Issued second = TestCertificates.good("shop.example.com");
        secret(second);

        await().untilAsserted(() -> assertThat(
                        gateway.object("ssls", "shop").path("cert").asString())
                .isEqualTo(second.pem()));
        assertThat(gateway.object("ssls", "shop").path("key").asString()).isEqualTo(second.key());
        assertThat(gateway.writes()).isEqualTo(2);

        admin.delete(SHOP).expect(204);

        await().untilAsserted(() -> assertThat(gateway.stored("ssls", "shop")).isNull());
        assertThat(admin.get(SHOP).status()).isEqualTo(404);
        assertThat(admin.audited())
                .contains(
                        "certificate.create certificate/shop",
                        "certificate.write certificate/shop",
                        "certificate.delete certificate/shop",
                        "certificate.remove certificate/shop");
    }

    @Test
    void nothingIsWrittenWhileNothingChanges() throws InterruptedException {
        secret(TestCertificates.good("shop.example.com"));
        admin.put(SHOP, REFERRING).expect(201);

        admin.certificates.await("shop", Duration.ofSeconds(5));
        for (int i = 0; i < 3; i++) {
            admin.put(SHOP, REFERRING).expect(200);
        }

        assertThat(gateway.writes()).isEqualTo(1);
    }

    @Test
    void failedCheckLeavesTheCertificateInForceAndIsAFinding() {
        Issued good = TestCertificates.good("shop.example.com");
        secret(good);
        admin.put(SHOP, REFERRING).expect(201);

        Instant now = Instant.now();
        secret(TestCertificates.server("shop.example.com")
                .valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)))
                .make());

        await().untilAsserted(() -> assertThat(state()).isEqualTo("refused"));
        assertThat(gateway.object("ssls", "shop").path("cert").asString()).isEqualTo(good.pem());
        assertThat(admin.get("/admin/findings?kind=certificate_refused")
                        .expect(200)
                        .text())
                .contains("certificates/shop", "certificate 1 ended at");
        await().untilAsserted(() -> assertThat(admin.audited()).contains("certificate.write.failed certificate/shop"));
    }

    @Test
    void objectIsRefusedBeforeAnythingIsWritten() {
        secret(TestCertificates.good("shop.example.com"));

        assertThat(admin.put(SHOP, REFERRING.replace("shop.example.com", "pay.example.com"))
                        .expect(400)
                        .text())
                .contains("snis: the certificate does not cover 'pay.example.com'; it covers shop.example.com");
        assertThat(admin.put(SHOP, REFERRING.replace("shop/key", "shop/absent"))
                        .expect(400)
                        .text())
                .contains("key: $secret://local/tls/shop/absent");
        assertThat(admin.put(SHOP, REFERRING.replace("'key':", "'kay':"))
                        .expect(400)
                        .text())
                .contains("did you mean 'key'?");
        assertThat(admin.put(SHOP, "{'snis': ['shop.example.com']}").expect(400).text())
                .contains("expected one source");
        assertThat(admin.put(SHOP, REFERRING.replace("$secret://local/tls/shop/key", "-----BEGIN PRIVATE KEY-----"))
                        .expect(400)
                        .text())
                .contains("key: expected a reference")
                .doesNotContain("-----BEGIN");
        assertThat(admin.put("/admin/certificates/..%2Froutes", REFERRING).status())
                .isIn(400, 404);

        assertThat(admin.get(SHOP).status()).isEqualTo(404);
        assertThat(gateway.writes()).isZero();
    }

    @Test
    void driftIsNoticedAndRepaired() throws Exception {
        Issued good = TestCertificates.good("shop.example.com");
        secret(good);
        admin.put(SHOP, REFERRING).expect(201);

        // As a PATCH of the key alone, which a GET does not show.
        ObjectNode changed = (ObjectNode) gateway.object("ssls", "shop").deepCopy();
        changed.put("key", TestCertificates.good("x.example.com").key());
        gateway.store("ssls", "shop", changed);

        await().untilAsserted(() -> assertThat(
                        gateway.object("ssls", "shop").path("key").asString())
                .isEqualTo(good.key()));
        await().untilAsserted(() -> assertThat(admin.get("/admin/findings?kind=certificate_drift")
                        .expect(200)
                        .text())
                .contains("certificates/shop"));

        gateway.remove("ssls", "shop");

        await().untilAsserted(() -> assertThat(gateway.stored("ssls", "shop")).isNotNull());
        assertThat(admin.audited()).contains("certificate.repair certificate/shop");

        changed = (ObjectNode) gateway.object("ssls", "shop").deepCopy();
        changed.put("status", 0);
        gateway.store("ssls", "shop", changed);

        await().untilAsserted(() -> assertThat(
                        gateway.object("ssls", "shop").path("status").asInt(1))
                .isEqualTo(1));
        gateway.remove("ssls", "shop");

        await().untilAsserted(() -> assertThat(state()).isEqualTo("contested"));
        assertThat(gateway.stored("ssls", "shop")).isNull();
    }

    @Test
    void objectOfSomebodyElseIsLeftAlone() {
        secret(TestCertificates.good("shop.example.com"));
        ObjectNode theirs = JSON.createObjectNode().put("cert", "theirs");
        gateway.store("ssls", "shop", theirs);

        assertThat(admin.put(SHOP, REFERRING).expect(400).text()).contains("that no runner wrote; choose another id");

        assertThat(gateway.object("ssls", "shop").path("cert").asString()).isEqualTo("theirs");
    }

    @Test
    void gatewayThatSomethingElseOwnsIsNotWritten() {
        secret(TestCertificates.good("shop.example.com"));
        ObjectNode route = JSON.createObjectNode();
        route.putObject("labels").put("k8s/controller-name", "apisix");
        gateway.store("routes", "r1", route);

        assertThat(admin.put(SHOP, REFERRING).expect(409).text())
                .contains("routes/r1 carries the label k8s/controller-name", "ApisixTls", "adc");

        gateway.remove("routes", "r1");
        ObjectNode upstream = JSON.createObjectNode();
        upstream.putObject("labels").put("__ADC_UPSTREAM_SERVICE_ID", "x");
        gateway.store("upstreams", "u1", upstream);

        assertThat(admin.put(SHOP, REFERRING).expect(409).text()).contains("ADC owns this gateway");

        gateway.remove("upstreams", "u1");
        gateway.standalone(true);

        assertThat(admin.put(SHOP, REFERRING).expect(409).text()).contains("standalone mode");
        assertThat(gateway.writes()).isZero();
    }

    @Test
    void gatewayThatSomethingElseTakesOverKeepsWhatItHas() {
        secret(TestCertificates.good("shop.example.com"));
        admin.put(SHOP, REFERRING).expect(201);
        ObjectNode route = JSON.createObjectNode();
        route.putObject("labels").put("managed-by", "apisix-ingress-controller");
        gateway.store("routes", "r1", route);

        await().untilAsserted(() -> assertThat(state()).isEqualTo("not_ours"));
        admin.delete(SHOP).expect(204);

        await().untilAsserted(() -> assertThat(admin.audited()).contains("certificate.remove certificate/shop"));
        assertThat(gateway.stored("ssls", "shop")).isNotNull();
    }

    @Test
    void fragmentForAdcHoldsReferencesOrFileNames() {
        Issued good = TestCertificates.good("shop.example.com");
        secret(good);
        gateway.standalone(true);
        admin.put(SHOP, REFERRING.replace("{'snis'", "{'delivery': 'adc', 'snis'"))
                .expect(201);

        JsonNode ssl = admin.get(SHOP + "/adc").expect(200).json().path("ssls").path(0);

        assertThat(ssl.path("certificates").path(0).path("key").asString()).isEqualTo("$secret://local/tls/shop/key");
        assertThat(ssl.path("labels").path("secret-providers").asString()).isEqualTo("shop");
        assertThat(admin.get(SHOP + "/adc?form=files").expect(200).text()).contains("shop.key");
        assertThat(state()).isEqualTo("in_force");
        assertThat(admin.post(SHOP + "/export", "{}").status()).isEqualTo(400);
        assertThat(gateway.writes()).isZero();
    }

    @Test
    void privateKeyLeavesOnlyByTheCommandIntoAPrivateFile() throws Exception {
        Issued good = TestCertificates.good("shop.example.com");
        secret(good);
        admin.put(SHOP, REFERRING).expect(201);

        assertThat(admin.post(SHOP + "/export", "").expect(400).text()).contains("secret-providers certificate export");
        String answer = admin.command("POST", SHOP + "/export").expect(200).text();

        Path key = directory.resolve("certificates/shop.key");
        assertThat(answer).contains("shop.crt", "shop.key").doesNotContain(good.canary());
        assertThat(key).hasContent(good.key());
        assertThat(Files.getPosixFilePermissions(key)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(admin.audited()).contains("certificate.export certificate/shop");
    }

    @Test
    void outageOfTheGatewayIsAFindingAndEnds() {
        secret(TestCertificates.good("shop.example.com"));
        admin.put(SHOP, REFERRING).expect(201);
        gateway.silent(true);

        await().untilAsserted(() -> assertThat(state()).isEqualTo("not_written"));
        Issued next = TestCertificates.good("shop.example.com");
        secret(next);
        gateway.silent(false);

        await().untilAsserted(() -> assertThat(
                        gateway.object("ssls", "shop").path("cert").asString())
                .isEqualTo(next.pem()));
        await().untilAsserted(() -> assertThat(state()).isEqualTo("in_force"));
    }

    @Test
    void endOfACertificateIsAFindingBeforeItComes() {
        Instant now = Instant.now();
        secret(TestCertificates.server("shop.example.com")
                .valid(now.minus(Duration.ofDays(80)), now.plus(Duration.ofDays(10)))
                .make());

        admin.put(SHOP, REFERRING).expect(201);

        assertThat(admin.get("/admin/findings?kind=certificate_ends")
                        .expect(200)
                        .text())
                .contains("certificates/shop");
        await().untilAsserted(() -> assertThat(admin.audited()).contains("certificate.expiry certificate/shop"));
    }

    @Test
    void secretsAndProvidersInUseAreNotDeleted() {
        secret(TestCertificates.good("shop.example.com"));
        admin.put(SHOP, REFERRING).expect(201);

        assertThat(admin.delete("/admin/providers/local/tls").expect(409).text())
                .contains("certificate", "shop");
        assertThat(admin.delete("/admin/secrets/tls/shop").expect(409).text()).contains("certificate");
        assertThat(admin.get("/admin/references")
                        .expect(200)
                        .json()
                        .path("resource_types_not_seen")
                        .toString())
                .doesNotContain("certificate");
        assertThat(admin.get("/admin/references?resource_type=certificate")
                        .expect(200)
                        .text())
                .contains("$secret://local/tls/shop/key", "fresh");
    }

    @Test
    void changesKeepToTheEtag() {
        secret(TestCertificates.good("shop.example.com", "www.example.com"));
        String etag = admin.put(SHOP, REFERRING).expect(201).header("ETag");

        Answer patched =
                admin.call(admin.firstToken, "PATCH", SHOP, "{'snis': ['shop.example.com', 'www.example.com']}");
        assertThat(patched.expect(200).header("ETag")).isNotEqualTo(etag);
        assertThat(gateway.object("ssls", "shop").path("snis").size()).isEqualTo(2);
        assertThat(admin.get("/admin/certificates?search=www&sort=-expires_at&page_size=10")
                        .expect(200)
                        .json()
                        .path("total")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void limitedTokenCannotTakeTheHostNameOfACertificateOutOfItsReach() {
        admin.put("/admin/providers/local/other", "{}").expect(201);
        secret(TestCertificates.good("shop.example.com", "*.example.com", "*.example.org", "pay.example.org"));
        admin.put(SHOP, REFERRING.replace("['shop.example.com']", "['shop.example.com', '*.example.org']"))
                .expect(201);
        ObjectNode fields = JSON.createObjectNode();
        Issued theirs =
                TestCertificates.good("shop.example.com", "*.example.com", "pay.example.org", "own.example.net");
        fields.put("crt", theirs.pem()).put("key", theirs.key());
        admin.put(
                        "/admin/secrets/other/theirs",
                        JSON.createObjectNode().set("fields", fields).toString())
                .expect(201);
        String limited = admin.token("operator", ", 'scope': {'providers': ['local/other']}");
        String theirObject = REFERRING.replace("tls/shop", "other/theirs");

        for (String name : List.of("shop.example.com", "SHOP.example.com", "*.example.com", "pay.example.org")) {
            assertThat(admin.call(
                                    limited,
                                    "PUT",
                                    "/admin/certificates/theirs",
                                    theirObject.replace("shop.example.com", name))
                            .expect(403)
                            .text())
                    .contains("snis: '" + name.toLowerCase(Locale.ROOT) + "' overlaps");
        }
        String own = theirObject.replace("shop.example.com", "own.example.net");
        admin.call(limited, "PUT", "/admin/certificates/theirs", own).expect(201);
        admin.call(limited, "PATCH", "/admin/certificates/theirs", "{'snis': ['shop.example.com']}")
                .expect(403);
        assertThat(gateway.writes()).isEqualTo(2);
    }

    @Test
    void privateKeysAreNowhere() throws Exception {
        Issued good = TestCertificates.good("shop.example.com");
        secret(good);
        admin.put(SHOP, REFERRING).expect(201);
        secret(TestCertificates.server("shop.example.com").rsa(1024).make());
        await().untilAsserted(() -> assertThat(state()).isEqualTo("refused"));

        for (String path : List.of(
                SHOP, "/admin/certificates", "/admin/findings", "/admin/references", "/admin/audit", SHOP + "/adc")) {
            assertThat(admin.get(path).text()).as(path).doesNotContain(good.canary(), "PRIVATE KEY");
        }
        assertThat(admin.raw.list("").entries())
                .allSatisfy(entry -> assertThat(new String(entry.value(), StandardCharsets.UTF_8))
                        .doesNotContain(good.canary()));
    }
}
