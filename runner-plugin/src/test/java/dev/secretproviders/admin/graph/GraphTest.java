package dev.secretproviders.admin.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The graph is walked from a manager to a route and back. Limited callers see what is in scope. */
class GraphTest {
    private static final String GATEWAY = """
            consumers:
              - username: jack
                plugins: {key-auth: {key: $secret://local/own/jack/key}}
              - username: rose
                plugins: {key-auth: {key: $secret://local/other/rose/key}}
              - username: mary
                plugins: {key-auth: {key: $secret://local/own/none/key}}
              - username: anne
                plugins: {key-auth: {key: a-key-of-anne-in-clear}}
              - username: guest
            services:
              - id: shop
                plugins:
                  ext-plugin-pre-req: {conf: [{name: secret-key-auth, value: '{}'}]}
            routes:
              - id: orders
                name: Orders
                uri: /orders
                service_id: shop
              - id: open
                uri: /open
                plugins: {limit-count: {redis_password: $secret://local/own/redis/password}}
            """;

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        admin.put("/admin/providers/local/own", "{}").expect(201);
        admin.put("/admin/providers/local/other", "{}").expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'a-key-of-jack-in-the-store'}}")
                .expect(201);
        admin.put("/admin/secrets/other/rose", "{'fields': {'key': 'a-key-of-rose-in-the-store'}}")
                .expect(201);
        admin.gateway(GATEWAY);
        await().until(() -> admin.get("/admin/references?state=loading")
                        .json()
                        .path("total")
                        .asInt()
                == 0);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    private JsonNode graph(String from, int depth) {
        return admin.get(path(from, depth)).expect(200).json();
    }

    private static String path(String from, int depth) {
        return "/admin/graph?depth=" + depth + "&from=" + URLEncoder.encode(from, StandardCharsets.UTF_8);
    }

    private static List<String> ids(JsonNode graph, String side) {
        return graph.path("nodes")
                .valueStream()
                .filter(node -> node.path("side").asString().equals(side))
                .map(node -> node.path("id").asString())
                .toList();
    }

    private static JsonNode node(JsonNode graph, String id) {
        return graph.path("nodes")
                .valueStream()
                .filter(node -> node.path("id").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void managerLeadsToTheRouteAndTheRouteBackToTheManager() {
        JsonNode forth = graph("manager/local", 5);
        assertThat(ids(forth, "before")).isEmpty();
        assertThat(ids(forth, "after"))
                .contains(
                        "provider/local/own",
                        "secret/local/own/jack",
                        "credential/jack",
                        "consumer/jack",
                        "route/orders",
                        "route/open");

        JsonNode back = graph("route/orders", 5);
        assertThat(ids(back, "after")).isEmpty();
        assertThat(ids(back, "before"))
                .contains(
                        "consumer/jack",
                        "credential/jack",
                        "secret/local/own/jack",
                        "provider/local/own",
                        "manager/local",
                        "consumer/anne")
                .doesNotContain("consumer/guest", "route/open");
        assertThat(node(back, "route/orders").path("guarded_by").toString())
                .isEqualTo("{\"type\":\"service\",\"id\":\"shop\"}");
        assertThat(node(back, "route/orders").path("name").asString()).isEqualTo("Orders");
        assertThat(back.path("cut").asBoolean(true)).isFalse();
    }

    @Test
    void consumerHasItsKeysBeforeItAndItsRoutesAfterIt() {
        JsonNode jack = graph("consumer/jack", 2);

        assertThat(ids(jack, "center")).containsExactly("consumer/jack");
        assertThat(ids(jack, "before")).containsExactly("credential/jack", "secret/local/own/jack");
        assertThat(ids(jack, "after")).containsExactly("route/orders");
        assertThat(node(jack, "secret/local/own/jack").path("state").asString()).isEqualTo("fresh");
        assertThat(node(jack, "credential/jack").path("steps").asInt()).isEqualTo(1);
        assertThat(jack.path("edges").toString())
                .contains("{\"from\":\"secret/local/own/jack\",\"to\":\"credential/jack\","
                        + "\"reference\":\"$secret://local/own/jack/key\"}");
        assertThat(jack.toString()).doesNotContain("in-the-store", "in-clear");
    }

    @Test
    void routeThatSendsASecretHasTheStateOfIt() throws Exception {
        admin.gateway("""
                routes:
                  - id: sending
                    uri: /
                    plugins: {secret-inject: {headers: {X-Token: "${secret://local/own/jack/key}"}}}
                """);

        JsonNode route = graph("route/sending", 1);

        assertThat(node(route, "route/sending").path("state").asString())
                .as("no rule of the provider allows it")
                .isEqualTo("denied");
        assertThat(ids(route, "before")).containsExactly("secret/local/own/jack");
    }

    @Test
    void nodeCanBeChosenByAReference() {
        JsonNode secret = graph("reference/$secret://local/own/none/key", 1);

        assertThat(secret.path("from").asString()).isEqualTo("secret/local/own/none");
        assertThat(node(secret, "secret/local/own/none").path("state").asString())
                .isEqualTo("negative");
        assertThat(ids(secret, "after")).containsExactly("credential/mary");
    }

    @Test
    void providerWhoseCredentialIsASecretIsBehindThatSecret() {
        admin.put(
                        "/admin/providers/vault/shy",
                        "{'uri': 'http://127.0.0.1:1', 'token': '$secret://local/own/jack/key', 'timeout': '100ms'}")
                .expect(201);

        assertThat(ids(graph("secret/local/own/jack", 1), "after"))
                .containsExactlyInAnyOrder("credential/jack", "provider/vault/shy");
        assertThat(ids(graph("provider/vault/shy", 1), "before"))
                .containsExactlyInAnyOrder("manager/vault", "secret/local/own/jack");
    }

    @Test
    void withoutANodeAllManagersAreTheCenter() {
        JsonNode all = admin.get("/admin/graph?depth=1").expect(200).json();

        assertThat(all.path("from").isNull()).isTrue();
        assertThat(ids(all, "center")).contains("manager/local");
        assertThat(ids(all, "after")).contains("provider/local/own", "provider/local/other");
    }

    @Test
    void unknownNodeAndTooManyStepsAreRefused() {
        admin.get(path("consumer/unknown", 1)).expect(404);
        assertThat(admin.get("/admin/graph?depth=7").expect(400).text()).contains("depth: expected");
    }

    @Test
    void limitedCallerWalksOnlyWithinItsScope() {
        String limited = admin.token("viewer", ", 'scope': {'providers': ['local/own']}");

        JsonNode jack = admin.call(limited, "GET", path("consumer/jack", 6), null)
                .expect(200)
                .json();
        assertThat(ids(jack, "before"))
                .containsExactly("credential/jack", "secret/local/own/jack", "provider/local/own", "manager/local");
        assertThat(ids(jack, "after")).isEmpty();
        JsonNode all = admin.call(limited, "GET", "/admin/graph?depth=6", null)
                .expect(200)
                .json();
        assertThat(all.toString()).contains("mary", "route/open").doesNotContain("rose", "other", "anne", "orders");
        for (String from : List.of("consumer/rose", "consumer/unknown", "provider/local/other", "route/orders")) {
            assertThat(admin.call(limited, "GET", path(from, 1), null)
                            .expect(404)
                            .text())
                    .as(from)
                    .contains("there is no such node");
        }
    }

    @Test
    void countsOfANodeIncludeWhatTheAnswerLeavesOut() throws Exception {
        String many = IntStream.range(0, 60)
                .mapToObj(i ->
                        "  - {username: c" + i + ", plugins: {key-auth: {key: key-of-consumer-number-" + i + "}}}\n")
                .collect(Collectors.joining("", "consumers:\n", ""));
        admin.gateway(many + """
                routes:
                  - {id: all, uri: /, plugins: {ext-plugin-pre-req: {conf: [{name: secret-key-auth, value: '{}'}]}}}
                """);

        JsonNode all = graph("route/all", 1);

        assertThat(node(all, "route/all").path("before").asInt()).isEqualTo(60);
        assertThat(ids(all, "before"))
                .hasSize(Graph.MOST_EDGES)
                .as("by name")
                .startsWith("consumer/c0", "consumer/c1", "consumer/c10");
        assertThat(all.path("cut").asBoolean()).isTrue();
        assertThat(node(all, "consumer/c0").path("after").asInt()).isEqualTo(1);
    }

    @Test
    void credentialCanBeChosenAndTellsWhatItsKeyIs() {
        JsonNode anne = graph("credential/anne", 2);
        assertThat(node(anne, "credential/anne").path("state").asString()).isEqualTo("literal");
        assertThat(ids(anne, "before")).isEmpty();
        assertThat(ids(anne, "after")).containsExactly("consumer/anne", "route/orders");

        assertThat(ids(graph("credential/mary", 2), "before"))
                .containsExactly("secret/local/own/none", "provider/local/own");
        assertThat(node(graph("credential/mary", 1), "credential/mary")
                        .path("state")
                        .asString())
                .isEqualTo("negative");
    }

    @Test
    void secretOfAProviderThatIsNotThereHasNoProviderBeforeIt() throws Exception {
        admin.gateway("consumers: [{username: lost, plugins: {key-auth: {key: $secret://vault/gone/lost/key}}}]");

        JsonNode lost = graph("consumer/lost", 3);

        assertThat(ids(lost, "before")).containsExactly("credential/lost", "secret/vault/gone/lost/key");
        assertThat(node(lost, "secret/vault/gone/lost/key").path("state").asString())
                .isEqualTo("unknown_provider");
        assertThat(graph("secret/vault/gone/lost/key", 1).path("from").asString())
                .isEqualTo("secret/vault/gone/lost/key");
    }

    @Test
    void malformedNodesAreNotThere() {
        for (String from : List.of("/", "x", "secret", "secret/local", "secret/local/own", "provider/local", "a/b")) {
            admin.get(path(from, 1)).expect(404);
        }
    }

    @Test
    void answerIsBoundedAndSaysThatItWasCut() throws Exception {
        String many = IntStream.range(0, 400)
                .mapToObj(i -> "  - {username: c" + i + ", plugins: {key-auth: {key: \"$secret://local/own/s" + i
                        + "/key\"}}}\n")
                .collect(Collectors.joining("", "consumers:\n", ""));
        admin.gateway(many);

        JsonNode local = graph("manager/local", 6);
        assertThat(local.path("cut").asBoolean()).isTrue();
        assertThat(local.path("nodes").size()).isLessThanOrEqualTo(Walk.MOST);
        assertThat(node(local, "provider/local/own").path("after").asInt()).isEqualTo(400);
    }
}
