package dev.secretproviders.admin.finding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.GatewayConfiguration;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.InvalidInjectConfigException;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is wrong with secrets for upstreams, as findings that name the object and the remedy. */
class InjectFindingsTest {
    private final ResolverFixture it = new ResolverFixture(ProviderPolicy.read(Settings.root(
            Map.of(
                    "inject",
                    List.of(Map.of("paths", List.of("up/**", "own/{consumer}/*"))),
                    "max_concurrency",
                    ResolverFixture.MAX_CONCURRENCY),
            new Problems())));
    private final CredentialDirectory directory = new CredentialDirectory(it.resolver, Runnable::run, List.of());
    private final UpstreamSecrets upstream = new UpstreamSecrets(it.resolver, Runnable::run);

    @AfterEach
    void close() {
        it.resolver.retain(UpstreamSecrets.OWNER, Map.of());
        it.close();
    }

    private static GatewayInjection route(String value) throws InvalidInjectConfigException {
        return route(InjectConfig.parse("{\"headers\":{\"X-Token\":\"" + value + "\"}}"), null);
    }

    private static GatewayInjection route(@Nullable InjectConfig config, @Nullable String problem) {
        return new GatewayInjection(ResourceType.ROUTE, "7", null, null, "plugins.secret-inject", config, problem);
    }

    private List<Finding> findings(GatewayInjection injection, String... consumers) {
        Map<String, Consumer> byName = new HashMap<>();
        for (String name : consumers) {
            byName.put(name, new Consumer(name, null, List.of()));
        }
        ConsumerSnapshot snapshot = new ConsumerSnapshot(
                byName,
                List.of(),
                new GatewayConfiguration(List.of(), List.of(), List.of(), List.of(injection), Set.of()));
        directory.changed(snapshot);
        upstream.changed(snapshot);
        it.drain();
        List<Finding> found = new ArrayList<>();
        new InjectFindings(directory, upstream).find(Map.of(), found::add);
        return found;
    }

    @Test
    void healthyRouteIsNoFinding() throws InvalidInjectConfigException {
        it.provider.put("up/a", "1", "token", "t1");
        assertThat(findings(route("${secret://vault/prod/up/a/token}"))).isEmpty();
    }

    @Test
    void secretThatMayNotLeaveNamesTheRule() throws InvalidInjectConfigException {
        assertThat(findings(route("${secret://vault/prod/root/token}")))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.kind()).isEqualTo(Kind.INJECT_FORBIDDEN);
                    assertThat(finding.subjects()).containsExactly("route/7");
                    assertThat(finding.providers()).containsExactly(new ProviderId("vault", "prod"));
                    assertThat(finding.message())
                            .startsWith("plugins.secret-inject.headers.X-Token: $secret://vault/prod/root/token: ")
                            .contains("add a rule to its field inject");
                });
    }

    @Test
    void missingSecretAndIllegalValueAreFindings() throws InvalidInjectConfigException {
        assertThat(findings(route("${secret://vault/prod/up/none/token}")))
                .extracting(Finding::kind)
                .containsExactly(Kind.INJECT_UNRESOLVED);
        it.provider.put("up/a", "1", "token", "canary-\n");
        assertThat(findings(route("${secret://vault/prod/up/a/token}")))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.kind()).isEqualTo(Kind.INJECT_ILLEGAL);
                    assertThat(finding.message()).contains("line break").doesNotContain("canary");
                });
    }

    @Test
    void consumersWithoutASecretAreOneNotice() throws InvalidInjectConfigException {
        it.provider.put("own/jack", "1", "token", "t1");
        assertThat(findings(route("${secret://vault/prod/own/{consumer}/token}"), "jack", "jill", "john"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.kind()).isEqualTo(Kind.INJECT_CONSUMER);
                    assertThat(finding.message()).endsWith("; the same for 1 other references");
                });
    }

    @Test
    void wrongConfigurationIsAFindingOfItsObject() {
        assertThat(findings(route(null, "headers.A, character 1: put the reference into braces")))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.kind()).isEqualTo(Kind.INJECT_CONFIG);
                    assertThat(finding.message()).startsWith("plugins.secret-inject: headers.A, character 1");
                });
    }
}
