package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.secretproviders.consumer.guard.Degradation;
import dev.secretproviders.consumer.guard.GuardedRoute;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.spi.SecretReference;
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
    void secretsForUpstreamsAreFoundInTheFilterAndInTheCompanion() {
        put("routes", "7", """
                {'name': 'billing', 'plugins': {'ext-plugin-pre-req': {'conf': [
                   {'name': 'secret-key-auth', 'value': '{}'},
                   {'name': 'secret-inject', 'value':
                     '{\\"headers\\":{\\"A\\":\\"${secret://vault/prod/a/b||secret://aws/main/{consumer}/c}\\"}}'}]}}}""");
        put("services", "s1", "{'plugins': {'secret-inject': {'cookies': {'sid': '${env://SID}'}, 'grace': 5}}}");
        put("routes", "8", "{'plugins': {'secret-inject': {'headers': {'A': '$secret://vault/prod/a/b'}}}}");

        assertThat(configuration().usages())
                .filteredOn(GatewayInjection::uses)
                .extracting(Usage::type, Usage::id, Usage::field, Usage::text)
                .containsExactlyInAnyOrder(
                        tuple(
                                ResourceType.ROUTE,
                                "7",
                                "plugins.ext-plugin-pre-req.conf[1].value.headers.A",
                                "$secret://vault/prod/a/b"),
                        tuple(
                                ResourceType.ROUTE,
                                "7",
                                "plugins.ext-plugin-pre-req.conf[1].value.headers.A",
                                "$secret://aws/main/{consumer}/c"),
                        tuple(ResourceType.SERVICE, "s1", "plugins.secret-inject.cookies.sid", "$env://SID"),
                        tuple(ResourceType.ROUTE, "8", "plugins.secret-inject.headers.A", "$secret://vault/prod/a/b"));
        assertThat(configuration().injections())
                .extracting(GatewayInjection::id, GatewayInjection::field, injection -> injection.config() != null)
                .containsExactlyInAnyOrder(
                        tuple("7", "plugins.ext-plugin-pre-req.conf[1].value", true),
                        tuple("s1", "plugins.secret-inject", true),
                        tuple("8", "plugins.secret-inject", false));
    }

    @Test
    void eachReferenceOfAChainIsListedWithItsTransforms() {
        put(
                "routes",
                "7",
                "{'plugins': {'x': {'y': '$secret://vault/prod/a/b?json=/c&trim||$ENV://A?decode=base64'}}}");
        assertThat(configuration().usages())
                .extracting(Usage::id, Usage::field, Usage::text, Usage::reference)
                .containsExactlyInAnyOrder(
                        tuple(
                                "7",
                                "plugins.x.y",
                                "$secret://vault/prod/a/b?json=/c&trim",
                                SecretReference.parse("$secret://vault/prod/a/b?json=/c&trim")),
                        tuple(
                                "7",
                                "plugins.x.y",
                                "$env://A?decode=base64",
                                SecretReference.parse("$env://A?decode=base64")));
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
        table.read("plugin_configs").done();
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
        GatewayTable.OTHERS.forEach(directory -> table.read(directory).done());
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
    void routeThatOnlyTheCompanionGuardsNamesItsPlugins() {
        put("routes", "companion", "{'plugins': {'secret-key-auth': {}, 'secret-jwt-auth': {}}}");
        put(
                "routes",
                "both",
                guarded(false, "secret-key-auth").replaceFirst("\\{'plugins': \\{", "$0'secret-key-auth': {}, "));
        put("routes", "external", guarded(false, "secret-key-auth"));
        put("routes", "partly", "{'service_id': 's', 'plugins': {'secret-key-auth': {'_meta': {'disable': true}}}}");
        put("services", "s", "{'plugins': {'secret-key-auth': {}, 'secret-basic-auth': {}}}");

        assertThat(configuration().routes())
                .extracting(GuardedRoute::id, GuardedRoute::companion)
                .containsExactlyInAnyOrder(
                        tuple("companion", Set.of("secret-key-auth", "secret-jwt-auth")),
                        tuple("both", Set.of()),
                        tuple("external", Set.of()),
                        tuple("partly", Set.of("secret-basic-auth")));

        put("routes", "open", "{'uri': '/'}");
        put("global_rules", "1", "{'plugins': {'secret-key-auth': {}}}");
        assertThat(configuration().routes()).anySatisfy(route -> {
            assertThat(route.id()).isEqualTo("open");
            assertThat(route.companion()).containsExactly("secret-key-auth");
        });

        put("global_rules", "2", guarded(false, "secret-key-auth"));
        assertThat(configuration().routes())
                .allSatisfy(route -> assertThat(route.companion()).isEmpty());
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
