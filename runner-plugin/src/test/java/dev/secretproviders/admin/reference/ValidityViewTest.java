package dev.secretproviders.admin.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The Admin API shows when credentials count, and finds those that end. */
class ValidityViewTest {
    private final Instant tomorrow = Instant.now().plus(1, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);

    private final String gateway = """
            consumers:
              - username: jack
                labels: {expires_at: '%s'}
                plugins: {key-auth: {key: $secret://local/own/jack/key}}
              - username: rose
              - id: rose/credentials/past
                labels: {expires_at: '1000'}
                plugins: {key-auth: {key: a-key-of-rose-that-ended}}
              - id: rose/credentials/later
                plugins: {key-auth: {key: $secret://local/own/rose/key}}
              - username: off
                labels: {disabled: 'true'}
                plugins: {basic-auth: {username: off, password: a-password-of-off}}
              - username: odd
                labels: {expires_at: soon}
                plugins: {key-auth: {key: a-key-of-odd-in-clear}}
              - username: free
                plugins: {key-auth: {key: a-key-of-free-in-clear}}
            """.formatted(tomorrow);

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        admin.put("/admin/providers/local/own", "{}").expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'a-key-of-jack-in-the-store'}}")
                .expect(201);
        admin.put(
                        "/admin/secrets/own/rose",
                        "{'fields': {'key': 'a-key-of-rose-in-the-store', 'not_before': '9000000000'}}")
                .expect(201);
        admin.gateway(gateway);
        await().until(() ->
                credential("rose", "later").path("state").asString("").equals("fresh")
                        && credential("jack", null).path("state").asString("").equals("fresh"));
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    private JsonNode credential(String username, @Nullable String id) {
        return admin.get("/admin/consumers/" + username)
                .expect(200)
                .json()
                .at("/value/credentials")
                .valueStream()
                .filter(one -> id == null || one.path("id").asString("").equals(id))
                .findFirst()
                .orElseThrow();
    }

    private List<String> names(String query) {
        return admin.get("/admin/consumers?sort=name&" + query)
                .expect(200)
                .json()
                .path("list")
                .valueStream()
                .map(one -> one.at("/value/username").asString())
                .toList();
    }

    private List<String> findings(String kind) {
        return admin.get("/admin/findings?kind=" + kind)
                .expect(200)
                .json()
                .path("list")
                .valueStream()
                .map(one -> one.at("/subjects/0").asString() + " "
                        + one.path("message").asString())
                .toList();
    }

    @Test
    void credentialsShowTheirValidity() {
        JsonNode jack = credential("jack", null).path("validity");
        assertThat(jack.path("state").asString()).isEqualTo("valid");
        assertThat(jack.path("expires_at").asString()).isEqualTo(tomorrow.toString());
        assertThat(jack.path("not_before").isNull()).isTrue();
        JsonNode later = credential("rose", "later");
        assertThat(later.at("/validity/state").asString()).isEqualTo("not_yet");
        assertThat(later.at("/secret_validity/not_before").asString()).isEqualTo("2255-03-14T16:00:00Z");
        assertThat(credential("off", null).at("/validity/state").asString()).isEqualTo("disabled");
        assertThat(credential("odd", null).at("/validity/problem").asString())
                .startsWith("the consumer's label expires_at ('soon') is not a time; write");
        assertThat(credential("free", null).at("/validity/state").asString()).isEqualTo("valid");
    }

    @Test
    void listIsFilteredByValidity() {
        assertThat(names("validity=valid")).containsExactly("free", "jack");
        assertThat(names("validity=expired")).containsExactly("rose");
        assertThat(names("validity=not_yet")).containsExactly("rose");
        assertThat(names("validity=disabled&kind=basic")).containsExactly("off");
        assertThat(names("validity=disabled&kind=key")).isEmpty();
        assertThat(names("validity=unreadable")).containsExactly("odd");
        assertThat(admin.get("/admin/consumers?validity=ended").expect(400).text())
                .contains("expired");
    }

    @Test
    void whatEndsHasEndedOrCannotBeReadIsFound() {
        assertThat(findings("credential_ends")).containsExactly("consumers/jack plugins.key-auth ends at " + tomorrow);
        assertThat(findings("credential_ended"))
                .containsExactly(
                        "consumers/rose/credentials/past plugins.key-auth ended at 1970-01-01T00:16:40Z and is refused");
        assertThat(findings("unreadable_validity"))
                .singleElement()
                .asString()
                .startsWith("consumers/odd plugins.key-auth is refused: the consumer's label expires_at");
    }

    @Test
    void referenceShowsWhatItsSecretSays() {
        JsonNode explained = admin.post("/admin/explain", "{'reference': '$secret://local/own/rose/key'}")
                .expect(200)
                .json();
        assertThat(explained.at("/secret_validity/state").asString()).isEqualTo("not_yet");
    }
}
