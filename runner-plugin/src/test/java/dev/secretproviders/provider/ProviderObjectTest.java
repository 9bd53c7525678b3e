package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.provider.vault.VaultProviderFactory;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Stored;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a provider object shows of itself. */
class ProviderObjectTest {
    private static final ProviderId ID = new ProviderId("vault", "prod");
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final String CANARY = "hvs.canary-of-provider-object";
    private static final Descriptor DESCRIPTOR = new VaultProviderFactory().descriptor();
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static ObjectNode json(String text) {
        return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    }

    private static ProviderObject object(String text) {
        return new ProviderObject(ID, json(text), NOW, NOW, 7);
    }

    @Test
    void secretsAreMaskedAndReferencesShown() {
        ProviderObject object = object("""
            {'uri': 'http://vault:8200', 'token': '%s', 'labels': {'team': 'pay'},
             'access': [{'paths': ['{consumer}/*']}],
             'auth': {'method': 'approle', 'role_id': '$env://ROLE', 'secret_id': '%s'}}\
            """.formatted(CANARY, CANARY));
        assertThat(object.masked(DESCRIPTOR)).isEqualTo(json("""
            {'uri': 'http://vault:8200', 'token': '***', 'labels': {'team': 'pay'},
             'access': [{'paths': ['{consumer}/*']}],
             'auth': {'method': 'approle', 'role_id': '$env://ROLE', 'secret_id': '***'}}\
            """));
        assertThat(object.toString()).doesNotContain(CANARY);
    }

    @Test
    void fieldThatTheSchemaDoesNotKnowIsMaskedToo() {
        assertThat(object("{'tokn': '" + CANARY + "', 'auth': {'extra': {'deep': '" + CANARY + "'}}}")
                        .masked(DESCRIPTOR))
                .isEqualTo(json("{'tokn': '***', 'auth': {'extra': '***'}}"));
    }

    @Test
    void whatIsStoredIsReadBack() {
        ProviderObject object = object("{'uri': 'http://vault:8200', 'token': '" + CANARY + "'}");
        ProviderObject read = ProviderObject.read(new Stored(ProviderObject.key(ID), object.stored(), 9));
        assertThat(read.id()).isEqualTo(ID);
        assertThat(read.fields()).isEqualTo(object.fields());
        assertThat(read.createdAt()).isEqualTo(NOW);
        assertThat(read.revision()).isEqualTo(9);
    }

    @Test
    void somethingElseUnderAProvidersKeyIsNamedAndNotQuoted() {
        for (String value : new String[] {"", CANARY, "{\"fields\": \"" + CANARY + "\"}", "{\"fields\": {}}"}) {
            Stored stored = new Stored("provider/vault/prod", value.getBytes(StandardCharsets.UTF_8), 1);
            assertThatThrownBy(() -> ProviderObject.read(stored))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("provider/vault/prod")
                    .hasMessageNotContaining(CANARY);
        }
    }
}
