package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.audit.text.Masking;
import dev.secretproviders.sink.AuditSettings;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Stored;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A secret that was not masked before does not get into the log. */
class AuditMaskingTest {
    private static final String CANARY = "canary-7f3a91";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    @TempDir
    private Path temp;

    @Test
    void plantedSecretIsNowhere() throws Exception {
        JsonNode before = JsonMapper.shared().readTree("""
            {"uri": "https://vault.example", "token": "%1$s",
             "auth": {"method": "approle", "role_id": "r", "secret_id": "%1$s"},
             "tls": {"client_key": "-----BEGIN %1$s"},
             "tokens": ["%1$s", {"value": "%1$s"}],
             "credentials": {"deep": {"deeper": ["%1$s"]}}}\
            """.formatted(CANARY));
        Path copy = temp.resolve("audit.jsonl");
        ByteArrayOutputStream exported = new ByteArrayOutputStream();
        StringBuilder stored = new StringBuilder();
        try (AuditFixture fixture = new AuditFixture(temp.resolve("store"))) {
            AuditLog log = fixture.copying(AuditCopies.to(new AuditSettings(Duration.ZERO, copy, null, null).copies()));
            log.record(event("provider/vault/prod").changing(before, before));
            log.export(AuditQuery.all(), AuditExport.Format.JSON_LINES, exported);
            log.export(AuditQuery.all(), AuditExport.Format.CSV, exported);
            for (Stored entry : fixture.store.list(Range.prefix("")).entries()) {
                stored.append(text(entry.value()));
            }
        }

        assertThat(stored.toString()).contains("https://vault.example").doesNotContain(CANARY);
        assertThat(text(exported.toByteArray()))
                .contains("https://vault.example")
                .doesNotContain(CANARY);
        assertThat(Files.readString(copy)).contains("https://vault.example").doesNotContain(CANARY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "token", "Token", "password", "passwd", "key_passphrase", "secret", "client_secret", "secretAccessKey",
                "secret_access_key", "api-key", "apikey", "private_key", "key", "keys", "secret_id", "credential",
                "credentials", "session_token", "authorization", "cookie", "pwd", "pin", "jwt", "signing_key"
            })
    void textUnderANameThatSoundsSecretIsMasked(String name) {
        assertThat(masked(NODES.objectNode().put(name, CANARY))).isEqualTo("{\"" + name + "\":\"***\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "uri",
                "desc",
                "token_file",
                "secret_name",
                "password_file",
                "key_version",
                "access_key_id",
                "token_ttl",
                "credential_id",
                "region",
                "prefix",
                "auth_method",
                "apikey_header"
            })
    void textUnderAnotherNameIsShown(String name) {
        assertThat(masked(NODES.objectNode().put(name, "shown"))).isEqualTo("{\"" + name + "\":\"shown\"}");
    }

    @Test
    void referenceIsShownSinceItIsNoSecret() {
        ObjectNode object = NODES.objectNode()
                .put("token", "$secret://local/own/vault/token")
                .put("password", "$ENV://VAULT_PASSWORD");

        assertThat(masked(object))
                .isEqualTo("{\"token\":\"$secret://local/own/vault/token\",\"password\":\"$ENV://VAULT_PASSWORD\"}");
    }

    @Test
    void numbersAndBytesCanBeSecretsToo() {
        ObjectNode object = NODES.objectNode()
                .put("pin", 4711)
                .put("timeout", 5)
                .put("token", true)
                .putNull("password")
                .put("anything", new byte[] {1, 2, 3});

        assertThat(masked(object))
                .isEqualTo("{\"pin\":\"***\",\"timeout\":5,\"token\":true,\"password\":null,\"anything\":\"***\"}");
    }

    @Test
    void whatIsNestedTooDeeplyIsLeftOut() {
        JsonNode node = NODES.stringNode(CANARY);
        for (int i = 0; i < 200; i++) {
            node = NODES.arrayNode().add(node);
        }

        assertThat(masked(node)).contains("(nested too deeply to be recorded)").doesNotContain(CANARY);
    }

    @Test
    void halvesOfCharactersAreReplaced() {
        assertThat(masked(NODES.objectNode().put("a\ud800", "b\udc00c"))).isEqualTo("{\"a\ufffd\":\"b\ufffdc\"}");
    }

    private static String masked(JsonNode node) {
        return Masking.masked(node).toString();
    }
}
