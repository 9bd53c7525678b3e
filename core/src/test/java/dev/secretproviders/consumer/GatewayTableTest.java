package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class GatewayTableTest {
    private final GatewayTable table = new GatewayTable(new KeyDigester(), null);

    @Test
    void referencesAreFoundWhereverTheyStand() {
        put(
                "consumers",
                "jack",
                "{'username': 'jack', 'plugins': {'key-auth': {'key': '$secret://vault/prod/jack/key'}}}");
        put("consumers", "jack/credentials/two", "{'plugins': {'key-auth': {'key': '$env://JACK'}}}");
        put("routes", "7", """
                {'name': 'orders', 'service_id': 's1',
                 'plugins': {'openid-connect': {'client_secret': '$secret://vault/prod/oidc/secret'},
                             'x': {'list': ['a', {'b': '$secret://aws/main/b'}]}}}""");
        put("ssls", "9", "{'keys': ['$secret://vault/prod/ssl/key']}");

        assertThat(configuration().usages())
                .extracting(Usage::type, Usage::parent, Usage::id, Usage::name, Usage::field, Usage::text)
                .containsExactlyInAnyOrder(
                        tuple(
                                ResourceType.CONSUMER,
                                null,
                                "jack",
                                null,
                                "plugins.key-auth.key",
                                "$secret://vault/prod/jack/key"),
                        tuple(
                                ResourceType.CONSUMER_CREDENTIAL,
                                "jack",
                                "two",
                                null,
                                "plugins.key-auth.key",
                                "$env://JACK"),
                        tuple(
                                ResourceType.ROUTE,
                                "s1",
                                "7",
                                "orders",
                                "plugins.openid-connect.client_secret",
                                "$secret://vault/prod/oidc/secret"),
                        tuple(ResourceType.ROUTE, "s1", "7", "orders", "plugins.x.list[1].b", "$secret://aws/main/b"),
                        tuple(ResourceType.SSL, null, "9", null, "keys[0]", "$secret://vault/prod/ssl/key"));
    }

    @Test
    void malformedReferenceIsListedWithoutWhatItWouldStandFor() {
        put("global_rules", "1", "{'plugins': {'x': {'y': '$secret://vault'}}}");

        assertThat(configuration().usages()).singleElement().satisfies(usage -> {
            assertThat(usage.reference()).isNull();
            assertThat(usage.toString()).contains("malformed").doesNotContain("$secret");
        });
    }

    @Test
    void valuesAreNotKept() {
        put("routes", "1", "{'plugins': {'x': {'password': 'canary-of-a-literal'}}}");
        put("consumers", "jack", "{'username': 'jack', 'plugins': {'key-auth': {'key': 'canary-of-a-key'}}}");

        assertThat(configuration().toString() + configuration().usages()).doesNotContain("canary");
        assertThat(configuration().usages()).isEmpty();
    }

    @Test
    void changesAreFollowed() {
        put("services", "1", "{'plugins': {'x': {'y': '$env://A'}}}");
        put("services", "1", "{'plugins': {'x': {'y': '$env://B'}}}");
        put("services", "2", "{'plugins': {'x': {'y': '$env://C'}}}");
        table.remove("services", "2");
        put("plugin_configs", "1", "{'plugins': {'x': {'y': '$env://D'}}}");
        table.retain("plugin_configs", Set.of());
        put("consumer_groups", "1", "{'plugins': {'x': {'y': '$env://E'}}}");

        assertThat(configuration().usages()).extracting(Usage::text).containsExactlyInAnyOrder("$env://B", "$env://E");
    }

    @Test
    void objectThatCannotBeReadHoldsNothing() {
        put("routes", "1", "{'plugins': {'x': {'y': '$env://A'}}}");
        table.putUnreadable("routes", "1", "no JSON");
        put("routes", "2", "['$env://B']");

        assertThat(configuration().usages()).extracting(Usage::text).containsExactly("$env://B");
        assertThat(table.snapshot().problems()).isEmpty();
    }

    @Test
    void whatWasNotReadIsNotSeen() {
        assertThat(configuration().unseen()).isNotEmpty();
        GatewayTable.OTHERS.forEach(directory -> table.retain(directory, Set.of()));
        assertThat(configuration().unseen()).isEmpty();
        table.forget("ssls");
        assertThat(configuration().unseen()).isNotEmpty();
        assertThat(configuration().seen()).doesNotContain(ResourceType.SSL);
    }

    @Test
    void degradationIsFoundWhereTheFilterGuards() {
        put("routes", "open", guarded(true, "secret-key-auth"));
        put("routes", "shut", guarded(false, "secret-key-auth"));
        put("routes", "other", guarded(true, "another-filter"));

        assertThat(configuration().degradations())
                .extracting(Degradation::type, Degradation::id, Degradation::field)
                .containsExactly(tuple(ResourceType.ROUTE, "open", "plugins.ext-plugin-pre-req.allow_degradation"));
    }

    @Test
    void routeIsGuardedByItselfItsPluginConfigItsServiceOrAGlobalRule() {
        put("routes", "own", guarded(false, "secret-key-auth"));
        put("routes", "companion", "{'plugins': {'secret-key-auth': {}}}");
        put("routes", "configured", "{'name': 'Orders', 'plugin_config_id': 'c', 'service_id': 's'}");
        put("routes", "served", "{'service_id': 's'}");
        put("routes", "open", "{'uri': '/'}");
        put("plugin_configs", "c", guarded(false, "secret-key-auth"));
        put("services", "s", guarded(false, "secret-key-auth"));

        assertThat(configuration().routes())
                .extracting(GuardedRoute::id, GuardedRoute::by, GuardedRoute::byId)
                .containsExactly(
                        tuple("companion", ResourceType.ROUTE, "companion"),
                        tuple("configured", ResourceType.PLUGIN_CONFIG, "c"),
                        tuple("own", ResourceType.ROUTE, "own"),
                        tuple("served", ResourceType.SERVICE, "s"));
        assertThat(configuration().routes().get(1).name()).isEqualTo("Orders");

        put("global_rules", "1", guarded(false, "secret-key-auth"));
        assertThat(configuration().routes()).hasSize(5).anySatisfy(route -> {
            assertThat(route.id()).isEqualTo("open");
            assertThat(route.by()).isEqualTo(ResourceType.GLOBAL_RULE);
        });
    }

    @Test
    void routeThatReplacesOrDisablesThePluginOrIsSwitchedOffIsNotGuarded() {
        put("services", "s", guarded(false, "secret-key-auth"));
        put("plugin_configs", "c", guarded(false, "another-filter"));
        put("routes", "replaces", guarded(false, "another-filter").replaceFirst("\\{", "{'service_id': 's', "));
        put("routes", "config-replaces", "{'service_id': 's', 'plugin_config_id': 'c'}");
        put("routes", "disables", "{'plugins': {'secret-key-auth': {'_meta': {'disable': true}}}}");
        put("routes", "off", "{'service_id': 's', 'status': 0}");

        assertThat(configuration().routes()).isEmpty();
    }

    @Test
    void labelsOfConsumersAreKnown() {
        put("consumers", "jack", "{'username': 'jack', 'labels': {'team': 'a', 'custom_id': 'c1', 'odd': 1}}");

        Consumer jack = Objects.requireNonNull(table.snapshot().consumers().get("jack"));
        assertThat(jack.labels()).containsOnlyKeys("team", "custom_id");
        assertThat(jack.customId()).isEqualTo("c1");
    }

    private static String guarded(boolean degradation, String filter) {
        return "{'plugins': {'ext-plugin-pre-req': {'allow_degradation': %s, 'conf': [{'name': '%s', 'value': '{}'}]}}}"
                .formatted(degradation, filter);
    }

    private GatewayConfiguration configuration() {
        return table.snapshot().configuration();
    }

    private void put(String directory, String place, String json) {
        table.put(directory, place, JsonMapper.shared().readTree(json.replace('\'', '"')));
    }
}
