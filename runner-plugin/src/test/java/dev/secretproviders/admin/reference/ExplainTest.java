package dev.secretproviders.admin.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.certificate.TestCertificates.Issued;
import dev.secretproviders.certificate.TestGateway;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.spi.ProviderId;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /admin/explain} about references of every use. */
class ExplainTest {
    private static final String GATEWAY = """
            consumers:
              - username: jack
                plugins:
                  key-auth: {key: "$secret://local/own/jack/key"}
                  basic-auth: {username: "$secret://local/own/jack/username", password: "$secret://local/own/jack/password"}
              - username: kate
              - id: kate/credentials/token
                plugins:
                  jwt-auth:
                    key: "$secret://local/own/kate/name"
                    secret: "$secret://local/own/kate/secret"
                    public_key: "$secret://local/own/kate/unread"
              - id: kate/credentials/pair
                plugins:
                  jwt-auth: {key: pair, algorithm: ES256, public_key: "$secret://local/own/kate/public_key?trim"}
              - username: adam
                plugins: {hmac-auth: {key_id: "$secret://local/own/adam/key_id", secret_key: "$secret://local/own/adam/secret_key"}}
            routes:
              - id: 7
                uri: /*
                plugins:
                  secret-inject:
                    headers: {X-Token: "${secret://local/own/upstream/token}"}
                    query: {own: "${secret://local/own/{consumer}/own}"}
            """;

    /** A secret that is asked for for the first time may be fetched twice. */
    private static final List<String> FRESH = List.of("fresh", "refreshing");

    @TempDir
    private Path directory;

    private final ApisixAdminApi gateway = ApisixAdminApi.start();
    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory, TestGateway.settings(gateway));
        admin.put("/admin/providers/local/own", "{'inject': [{'paths': ['upstream/token', '{consumer}/own']}]}")
                .expect(201);
        secret("jack", "key", "username", "password", "own");
        secret("kate", "name", "secret", "public_key", "unread");
        secret("adam", "key_id", "secret_key");
        secret("upstream", "token");
    }

    private void secret(String name, String... fields) {
        ObjectNode values = JsonMapper.shared().createObjectNode();
        for (String field : fields) {
            values.put(field, "a-value-of-" + name + "-for-" + field);
        }
        put(name, values);
    }

    private void put(String name, ObjectNode values) {
        admin.put(
                        "/admin/secrets/own/" + name,
                        JsonMapper.shared()
                                .createObjectNode()
                                .set("fields", values)
                                .toString())
                .expect(201);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
        gateway.close();
    }

    private JsonNode explain(String reference) {
        return admin.post("/admin/explain", "{'reference': '" + reference + "'}")
                .expect(200)
                .json();
    }

    private static void isFresh(JsonNode explained, String path) {
        assertThat(explained.path("state").asString()).as(explained.toString()).isIn(FRESH);
        assertThat(explained.path("provider").asString()).isEqualTo("local/own");
        assertThat(explained.path("path").asString()).isEqualTo(path);
        assertThat(explained.path("version").asString()).isEqualTo("1");
        assertThat(explained.toString()).doesNotContain("a-value-of");
    }

    private static void isUsed(JsonNode explained, String type, String id, String field, List<String> states) {
        assertThat(explained.path("used_by")).singleElement().satisfies(use -> {
            assertThat(use.path("resource_type").asString()).isEqualTo(type);
            assertThat(use.path("resource_id").asString()).isEqualTo(id);
            assertThat(use.path("field").asString()).isEqualTo(field);
            assertThat(use.path("state").asString()).isIn(states);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "jack/key,                consumer,            jack,  plugins.key-auth.key",
        "jack/username,           consumer,            jack,  plugins.basic-auth.username",
        "jack/password,           consumer,            jack,  plugins.basic-auth.password",
        "kate/name,               consumer_credential, token, plugins.jwt-auth.key",
        "kate/secret,             consumer_credential, token, plugins.jwt-auth.secret",
        "kate/public_key?trim,    consumer_credential, pair,  plugins.jwt-auth.public_key",
        "adam/key_id,             consumer,            adam,  plugins.hmac-auth.key_id",
        "adam/secret_key,         consumer,            adam,  plugins.hmac-auth.secret_key",
        "upstream/token,          route,               7,     plugins.secret-inject.headers.X-Token",
    })
    void referenceNamesItsUser(String path, String type, String id, String field) throws Exception {
        admin.gateway(GATEWAY);
        await().until(() -> FRESH.contains(explain("$secret://local/own/" + path)
                .path("used_by")
                .path(0)
                .path("state")
                .asString()));

        JsonNode explained = explain("$secret://local/own/" + path);

        isFresh(explained, path.substring(0, path.indexOf('/')));
        isUsed(explained, type, id, field, FRESH);
        assertThat(explained.path("next_refresh").isString()).isTrue();
    }

    @Test
    void fieldThatTheAlgorithmDoesNotNeedIsLeftToTheGateway() throws Exception {
        admin.gateway(GATEWAY);

        JsonNode explained = explain("$secret://local/own/kate/unread");

        isUsed(explained, "consumer_credential", "token", "plugins.jwt-auth.public_key", List.of("unmanaged"));
        assertThat(explained.path("next_refresh").isNull()).isTrue();
    }

    @Test
    void secretOfAConsumerForAnUpstreamNamesTheRouteThatMeansIt() throws Exception {
        admin.gateway(GATEWAY);

        JsonNode explained = explain("$secret://local/own/jack/own");

        isFresh(explained, "jack");
        isUsed(explained, "route", "7", "plugins.secret-inject.query.own", List.of("per_consumer"));
    }

    @Test
    void partsOfACertificateNameIt() {
        Issued issued = TestCertificates.good("shop.example.com");
        put(
                "tls",
                JsonMapper.shared().createObjectNode().put("crt", issued.pem()).put("key", issued.key()));
        admin.put(
                        "/admin/certificates/shop",
                        "{'snis': ['shop.example.com'], 'certificate': '$secret://local/own/tls/crt',"
                                + " 'key': '$secret://local/own/tls/key'}")
                .expect(201);

        for (String field : List.of("certificate", "key")) {
            String path = field.equals("key") ? "key" : "crt";
            JsonNode explained = explain("$secret://local/own/tls/" + path);

            isFresh(explained, "tls");
            isUsed(explained, "certificate", "shop", field, FRESH);
            assertThat(explained.toString()).doesNotContain("BEGIN");
        }
    }

    @Test
    void referenceThatAConsumerIsAboutToGetIsKept() {
        ProviderId own = new ProviderId("local", "own");
        JsonNode plain = explain("$secret://local/own/jack/own");
        assertThat(admin.resolver.held(own, "jack").current()).isNull();

        JsonNode kept = admin.post("/admin/explain", "{'reference': '$secret://local/own/jack/own', 'keep': 'value'}")
                .expect(200)
                .json();

        isFresh(kept, "jack");
        assertThat(kept.propertyNames()).isEqualTo(plain.propertyNames());
        assertThat(admin.resolver.held(own, "jack").current()).isNotNull();
        admin.post("/admin/explain", "{'reference': '$secret://local/own/jack/own', 'keep': 'forever'}")
                .expect(400);
    }

    @Test
    void referenceThatNothingUsesIsExplainedToo() {
        JsonNode explained = explain("$secret://local/own/jack/own");

        isFresh(explained, "jack");
        assertThat(explained.path("used_by")).isEmpty();
        assertThat(explained.path("next_refresh").isNull()).isTrue();
    }
}
