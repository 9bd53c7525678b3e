package dev.secretproviders.admin.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Lists are searched, filtered and sorted before they are paged. */
class ListsTest {
    private static final String GATEWAY = """
            consumers:
              - username: jack
                labels: {custom_id: 'Number-7'}
                plugins: {key-auth: {key: $secret://local/own/jack/key}}
              - username: rose
                plugins: {key-auth: {key: $secret://local/other/rose/key}}
              - username: mary
                plugins: {key-auth: {key: $secret://local/own/none/key}}
              - username: anne
                plugins: {key-auth: {key: a-key-of-anne-in-clear}}
            routes:
              - id: 1
                name: Orders
                uri: /
                plugins: {limit-count: {redis_password: $secret://none/such/key}}
            """;

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        admin.put("/admin/providers/local/own", "{'desc': 'Keys of the shop'}").expect(201);
        admin.put("/admin/providers/local/other", "{}").expect(201);
        admin.put("/admin/providers/local/idle", "{}").expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'a-key-of-jack-in-the-store'}}")
                .expect(201);
        admin.put("/admin/secrets/other/rose", "{'fields': {'key': 'a-key-of-rose-in-the-store'}}")
                .expect(201);
        admin.put("/admin/secrets/own/spare", "{'fields': {'key': 'a-spare-key-in-the-store'}}")
                .expect(201);
        admin.gateway(GATEWAY);
        await().until(() -> list("/admin/references?state=fresh").size() == 2
                && list("/admin/references?state=negative").size() == 1);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    private List<JsonNode> list(String path) {
        return admin.get(path).expect(200).json().path("list").valueStream().toList();
    }

    private List<String> references(String query) {
        return list("/admin/references?" + query).stream()
                .map(one -> one.path("reference").asString())
                .toList();
    }

    private List<String> keys(String path) {
        return list(path).stream().map(one -> one.path("key").asString()).toList();
    }

    @Test
    void referencesAreFoundByConsumerProviderPathAndRoute() {
        assertThat(references("search=JACK")).containsExactly("$secret://local/own/jack/key");
        assertThat(references("search=local%2Fother")).containsExactly("$secret://local/other/rose/key");
        assertThat(references("search=none%2Fkey")).containsExactly("$secret://local/own/none/key");
        assertThat(references("search=orders")).containsExactly("$secret://none/such/key");
        assertThat(references("search=nothing-like-it")).isEmpty();
    }

    @Test
    void referencesAreSortedAndThoseWithoutAValueComeLast() {
        assertThat(references("sort=path"))
                .containsExactly(
                        "$secret://local/other/rose/key",
                        "$secret://local/own/jack/key",
                        "$secret://local/own/none/key",
                        "$secret://none/such/key");
        assertThat(references("sort=-path").getFirst()).isEqualTo("$secret://none/such/key");
        for (String sort : List.of("age", "-age", "next_refresh", "-next_refresh", "last_used_at", "-state")) {
            assertThat(references("sort=" + sort)).as(sort).hasSize(4);
        }
        assertThat(references("sort=age").subList(0, 2))
                .containsExactlyInAnyOrder("$secret://local/other/rose/key", "$secret://local/own/jack/key");
        assertThat(references("sort=-age").subList(0, 2))
                .containsExactlyInAnyOrder("$secret://local/other/rose/key", "$secret://local/own/jack/key");
        assertThat(references("sort=-next_refresh").getLast()).isEqualTo("$secret://none/such/key");
    }

    @Test
    void referenceShowsVersionAgeAndNextRefresh() {
        for (String query : List.of("search=jack", "search=jack&sort=next_refresh", "state=fresh&search=jack")) {
            JsonNode jack = list("/admin/references?" + query).getFirst();
            assertThat(jack.path("version").asString()).isEqualTo("1");
            assertThat(jack.path("path").asString()).isEqualTo("jack");
            assertThat(jack.path("age_seconds").asInt(-1)).isNotNegative();
            assertThat(jack.path("next_refresh").isString()).as(query).isTrue();
        }
    }

    @Test
    void unknownOrderAndStateAreRefusedWithASuggestion() {
        assertThat(admin.get("/admin/references?sort=stat").expect(400).text())
                .contains("sort: expected one of path, -path", "did you mean 'state'?");
        assertThat(admin.get("/admin/references?state=frsh").expect(400).text())
                .contains("state: expected one of", "did you mean 'fresh'?");
        assertThat(admin.get("/admin/findings?urgency=criticle").expect(400).text())
                .contains("did you mean 'critical'?");
        assertThat(admin.get("/admin/consumers?sort=" + "x".repeat(2_000))
                        .expect(400)
                        .text())
                .contains("sort: expected one of")
                .doesNotContain("xxx");
    }

    @Test
    void providersAreSortedByReferencesAndState() {
        assertThat(keys("/admin/providers?sort=-references").subList(0, 2))
                .containsExactly("/providers/local/own", "/providers/local/other");
        assertThat(list("/admin/providers?sort=-references")
                        .getFirst()
                        .path("references")
                        .asInt())
                .isEqualTo(2);
        assertThat(keys("/admin/providers?search=SHOP")).containsExactly("/providers/local/own");
        assertThat(keys("/admin/providers?state=idle&manager=local")).containsExactly("/providers/local/idle");
        assertThat(keys("/admin/providers?manager=local&sort=-name&page_size=10"))
                .containsExactly("/providers/local/own", "/providers/local/other", "/providers/local/idle");
        assertThat(keys("/admin/providers?manager=local&sort=-last_success").getLast())
                .isEqualTo("/providers/local/idle");
    }

    @Test
    void consumersShowWhichCredentialsResolve() {
        assertThat(keys("/admin/consumers?unresolved=true")).containsExactly("/consumers/mary");
        assertThat(keys("/admin/consumers?sort=-name").getFirst()).isEqualTo("/consumers/rose");
        assertThat(keys("/admin/consumers?search=number-7")).containsExactly("/consumers/jack");
        assertThat(keys("/admin/consumers?previous_version_used=true")).isEmpty();
        JsonNode jack = list("/admin/consumers?search=jack").getFirst().at("/value/credentials/0");
        assertThat(jack.path("resolves").asBoolean()).isTrue();
        assertThat(jack.path("usable_until").isString()).isTrue();
        assertThat(list("/admin/consumers?search=mary")
                        .getFirst()
                        .at("/value/credentials/0/resolves")
                        .asBoolean(true))
                .isFalse();
    }

    @Test
    void localSecretsTokensAndUnusedOnesAreSearchedAndPaged() {
        assertThat(keys("/admin/secrets/own?sort=-path")).containsExactly("/secrets/own/spare", "/secrets/own/jack");
        assertThat(keys("/admin/secrets/own?sort=created_at&search=SPARE")).containsExactly("/secrets/own/spare");
        admin.token("viewer", "");
        assertThat(list("/admin/tokens?search=viewer")).hasSize(1);
        assertThat(list("/admin/tokens?role=admin&sort=-created_at")).hasSize(1);
        JsonNode unused = admin.get("/admin/unused?search=spare").expect(200).json();
        assertThat(unused.path("total_secrets").asInt()).isEqualTo(1);
        assertThat(unused.path("total_providers").asInt()).isZero();
    }

    @Test
    void limitedCallerFindsNothingByNamesOutOfScope() {
        admin.put(
                        "/admin/providers/vault/shy",
                        "{'uri': 'http://127.0.0.1:1', 'token': '$secret://local/own/spare/key', 'timeout': '100ms'}")
                .expect(201);
        String limited = admin.token("viewer", ", 'scope': {'providers': ['local/own']}");

        JsonNode own = admin.call(limited, "GET", "/admin/references?search=spare", null)
                .expect(200)
                .json();
        assertThat(own.path("list").path(0).path("resource_type").asString()).isEqualTo("provider");
        assertThat(own.path("list").path(0).path("resource_id").isNull()).isTrue();
        assertThat(admin.call(limited, "GET", "/admin/references?search=shy", null)
                        .expect(200)
                        .json()
                        .path("total")
                        .asInt())
                .isZero();
        assertThat(admin.call(limited, "GET", "/admin/consumers?sort=name", null)
                        .expect(200)
                        .json()
                        .path("list")
                        .valueStream()
                        .map(one -> one.path("key").asString()))
                .containsExactly("/consumers/jack", "/consumers/mary");
        assertThat(admin.call(limited, "GET", "/admin/findings", null)
                        .expect(200)
                        .json()
                        .path("by_urgency")
                        .path("critical")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void findingsBeginWithTheMostUrgentAndSayWhatToDo() {
        List<JsonNode> findings = list("/admin/findings");

        JsonNode missing = findings.getFirst();
        assertThat(missing.path("kind").asString()).isEqualTo("missing_secret");
        assertThat(missing.path("urgency").asString()).isEqualTo("critical");
        assertThat(missing.path("remedy").asString()).contains("Write the secret at its manager");
        assertThat(missing.path("open").toString())
                .isEqualTo("{\"type\":\"reference\",\"id\":\"$secret://local/own/none/key\"}");
        assertThat(list("/admin/findings?urgency=critical&search=mary")).hasSize(1);
        assertThat(list("/admin/findings?urgency=notice")).isEmpty();
        assertThat(list("/admin/findings?sort=-since&page_size=10").getFirst().path("since"))
                .isEqualTo(missing.path("since"));
    }
}
