package dev.secretproviders.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.GatewayConfiguration;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.InvalidInjectConfigException;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which secrets a request carries to the upstream, and when it is refused instead. */
class UpstreamSecretsTest {
    private static final Duration STALE = Duration.ofMinutes(10);

    private final ResolverFixture secrets = new ResolverFixture(policy(List.of(
            Map.of("paths", List.of("up/**")),
            Map.of("paths", List.of("own/{consumer}/*")),
            Map.of("paths", List.of("team/*/*"), "labels", Map.of("team", "pay")))));
    private final Deque<Runnable> work = new ConcurrentLinkedDeque<>();
    private final UpstreamSecrets upstream = new UpstreamSecrets(secrets.resolver, work::add);
    private final Set<String> ended = new TreeSet<>();

    UpstreamSecretsTest() {
        upstream.addListener(ended::addAll);
    }

    @AfterEach
    void everythingIsWiped() {
        secrets.resolver.retain(UpstreamSecrets.OWNER, Map.of());
        secrets.close();
    }

    private static ProviderPolicy policy(List<Map<String, Object>> inject) {
        Problems problems = new Problems();
        ProviderPolicy policy = ProviderPolicy.read(Settings.root(
                Map.of(
                        "inject",
                        inject,
                        "max_concurrency",
                        ResolverFixture.MAX_CONCURRENCY,
                        "cache",
                        Map.of("ttl", "60s", "stale_ttl", "10m")),
                problems));
        assertThat(problems.isEmpty()).as("%s", problems).isTrue();
        return policy;
    }

    private static String headers(String... namesAndValues) {
        StringBuilder json = new StringBuilder("{\"headers\":{");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            json.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(namesAndValues[i])
                    .append("\":\"")
                    .append(namesAndValues[i + 1])
                    .append('"');
        }
        return json.append("}}").toString();
    }

    /** Prepares a route and lets everything happen that follows. */
    private Injection route(String json) {
        try {
            Injection injection = upstream.prepare(json);
            settle();
            return injection;
        } catch (InvalidInjectConfigException e) {
            throw new AssertionError(e);
        }
    }

    private void settle() {
        for (int i = 0; i < 10; i++) {
            secrets.wake();
            while (!work.isEmpty()) {
                work.remove().run();
            }
        }
    }

    private void consumers(Consumer... consumers) {
        Map<String, Consumer> byName = new HashMap<>();
        for (Consumer consumer : consumers) {
            byName.put(consumer.username(), consumer);
        }
        upstream.changed(new ConsumerSnapshot(byName, List.of()));
        settle();
    }

    private static Consumer consumer(String name) {
        return new Consumer(name, null, List.of());
    }

    private static Map<String, String> injected(Judgement judgement) {
        assertThat(judgement).isInstanceOf(Decision.Accept.class);
        Decision.Accept accept = (Decision.Accept) judgement;
        assertThat(accept.reason()).isEqualTo(Reason.INJECTED);
        Map<String, String> all = new HashMap<>();
        for (Header header : accept.headers()) {
            all.put(header.name(), String.valueOf(header.value()));
        }
        accept.setArguments().forEach(argument -> all.put("?" + argument.name(), String.valueOf(argument.value())));
        return all;
    }

    private static void refused(Judgement judgement, Reason reason) {
        assertThat(judgement).isInstanceOf(Decision.Refuse.class);
        Decision.Refuse refuse = (Decision.Refuse) judgement;
        assertThat(refuse.reason()).isEqualTo(reason);
        assertThat(refuse.status()).isEqualTo(503);
        assertThat(refuse.headers()).contains(new Header("Retry-After", "1"));
        assertThat(refuse.body()).doesNotContain("vault").doesNotContain("secret:");
    }

    private String onlyProblem() {
        List<InjectProblem> problems =
                upstream.problems().values().stream().flatMap(List::stream).toList();
        assertThat(problems).hasSize(1);
        return problems.getFirst().toString();
    }

    @Test
    void headersArgumentsAndSeveralReferencesInOneValue() {
        secrets.provider.put("up/erp", "1", "user", "anna", "password", "s3:cret");
        Injection route = route(
                "{\"headers\":{\"Authorization\":\"Basic base64(${secret://vault/prod/up/erp/user}:"
                        + "${secret://vault/prod/up/erp/password})\",\"X-Both\":\"${secret://vault/prod/up/erp/user}/"
                        + "${secret://vault/prod/up/erp/password}\"},\"query\":{\"key\":\"${secret://vault/prod/up/erp/user}\"}}");

        assertThat(injected(route.decide(new SentRequest())))
                .isEqualTo(Map.of(
                        "Authorization",
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString(
                                                "anna:s3:cret".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                        "X-Both",
                        "anna/s3:cret",
                        "?key",
                        "anna"));
    }

    @Test
    void otherCookiesOfTheClientStay() {
        secrets.provider.put("up/session", "1", "id", "abc");
        Injection route = route("{\"cookies\":{\"session\":\"${secret://vault/prod/up/session/id}\"}}");

        assertThat(injected(route.decide(new SentRequest()
                        .header("cookie", "a=1; session=mine; Session=kept;c")
                        .header("accept", "*/*")
                        .header("cookie", " session =x;d=\"e f\""))))
                .isEqualTo(Map.of("Cookie", "a=1; Session=kept; c; d=\"e f\"; session=abc"));
        assertThat(injected(route.decide(new SentRequest()))).isEqualTo(Map.of("Cookie", "session=abc"));
    }

    @Test
    void beforeTheFirstAnswerARequestIsRefused() throws InvalidInjectConfigException {
        secrets.provider.put("up/a", "1", "token", "t1");
        Injection route = upstream.prepare(headers("X-Token", "${secret://vault/prod/up/a/token}"));

        refused(route.decide(new SentRequest()), Reason.INJECT_UNRESOLVED);
        settle();
        assertThat(injected(route.decide(new SentRequest()))).isEqualTo(Map.of("X-Token", "t1"));
    }

    @Test
    void providerWithoutARuleForThePathSendsNothing() {
        secrets.provider.put("other", "1", "token", "t1");
        Injection route = route(headers("X-Token", "${secret://vault/prod/other/token}"));

        refused(route.decide(new SentRequest()), Reason.INJECT_FORBIDDEN);
        assertThat(secrets.provider.asked()).as("not even fetched").isEmpty();
        assertThat(onlyProblem())
                .contains("headers.X-Token")
                .contains("add a rule to its field inject, for example {\"paths\":[\"other/token\"]}");
    }

    @Test
    void unknownProviderIsNamed() {
        Injection route = route(headers("X-Token", "${secret://vault/none/up/token}"));

        refused(route.decide(new SentRequest()), Reason.INJECT_UNRESOLVED);
        assertThat(onlyProblem()).contains("there is no provider 'vault/none'");
    }

    @Test
    void rotationReplacesTheValueAtOnceAndIsTold() {
        secrets.provider.put("up/a", "1", "user", "u1", "token", "t1");
        Injection route = route(
                headers("X-User", "${secret://vault/prod/up/a/user}", "X-Token", "${secret://vault/prod/up/a/token}"));
        InjectAnswer.Known before = (InjectAnswer.Known) route.answer(null);

        secrets.provider.put("up/a", "2", "user", "u2", "token", "t2");
        secrets.resolver.refresh(secrets.provider.id, List.of());
        settle();

        assertThat(injected(route.decide(new SentRequest()))).isEqualTo(Map.of("X-User", "u2", "X-Token", "t2"));
        assertThat(ended).containsExactly(before.name());
    }

    @Test
    void secretThatIsGoneIsNotSentAnyMore() {
        secrets.provider.put("up/a", "1", "token", "t1");
        Injection route = route(headers("X-Token", "${secret://vault/prod/up/a/token}"));

        secrets.provider.gone("up/a");
        secrets.resolver.refresh(secrets.provider.id, List.of());
        settle();

        refused(route.decide(new SentRequest()), Reason.INJECT_UNRESOLVED);
        assertThat(route.answer(null)).isEqualTo(new InjectAnswer.Unavailable(Reason.INJECT_UNRESOLVED));
        assertThat(ended).hasSize(1);
    }

    @Test
    void outageServesTheLastValueUntilItIsTooOld() {
        secrets.provider.put("up/a", "1", "token", "t1");
        Injection route = route(headers("X-Token", "${secret://vault/prod/up/a/token}"));
        secrets.outage(ProviderException.Kind.UNAVAILABLE);

        secrets.pass(STALE.minusMinutes(1));
        assertThat(injected(route.decide(new SentRequest()))).isEqualTo(Map.of("X-Token", "t1"));
        // Nothing has told the route yet.
        secrets.skip(Duration.ofMinutes(2));
        refused(route.decide(new SentRequest()), Reason.INJECT_UNRESOLVED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "canary\nb",
                "canary\r\nSet-Cookie: x",
                "canary\u0000b",
                "canary\u007f",
                " canary",
                "canary ",
                "canary\n",
                "cänary"
            })
    void valueThatCannotStandInAHeaderIsNeverSent(String value) {
        secrets.provider.put("up/a", "1", "token", value);
        Injection route = route(headers("X-Token", "${secret://vault/prod/up/a/token}"));

        refused(route.decide(new SentRequest()), Reason.INJECT_ILLEGAL);
        assertThat(onlyProblem()).contains("headers.X-Token").doesNotContain("nary");
    }

    @Test
    void valueOfAReferenceIsNeverReadAgainAsATemplate() {
        secrets.provider.put("up/a", "1", "token", "x${secret://vault/prod/up/b/token}");
        secrets.provider.put("up/b", "1", "token", "other");
        Injection route = route(headers("X-Token", "${secret://vault/prod/up/a/token}"));

        assertThat(injected(route.decide(new SentRequest())))
                .isEqualTo(Map.of("X-Token", "x${secret://vault/prod/up/b/token}"));
    }

    @ParameterizedTest
    @CsvSource({"'a;b'", "'a b'", "'a,b'", "'a\"b'"})
    void valueThatWouldEndACookieIsNeverSent(String value) {
        secrets.provider.put("up/a", "1", "id", value);
        Injection route = route("{\"cookies\":{\"session\":\"${secret://vault/prod/up/a/id}\"}}");

        refused(route.decide(new SentRequest()), Reason.INJECT_ILLEGAL);
    }

    @Test
    void argumentMayHoldEveryTextWithoutControlCharacters() {
        secrets.provider.put("up/a", "1", "key", "a&b=ä #");
        Injection route = route("{\"query\":{\"key\":\"${secret://vault/prod/up/a/key}\"}}");

        assertThat(injected(route.decide(new SentRequest()))).isEqualTo(Map.of("?key", "a&b=ä #"));
    }

    @Test
    void consumerGetsItsOwnToken() {
        secrets.provider.put("own/jack", "1", "token", "of-jack");
        secrets.provider.put("own/jill", "1", "token", "of-jill");
        consumers(consumer("jack"), consumer("jill"));
        Injection route = route(headers("X-Token", "${secret://vault/prod/own/{consumer}/token}"));

        assertThat(injected(route.decide(new SentRequest().by("jack")))).isEqualTo(Map.of("X-Token", "of-jack"));
        assertThat(injected(route.decide(new SentRequest().by("jill")))).isEqualTo(Map.of("X-Token", "of-jill"));
        refused(route.decide(new SentRequest().by("stranger")), Reason.INJECT_NO_CONSUMER);
        assertThat(route.decide(new SentRequest().header("x-consumer-username", "jack")))
                .as("what the client says does not count")
                .isInstanceOf(Judgement.Ask.class);
        refused(route.decide(new SentRequest().attached("")), Reason.INJECT_NO_CONSUMER);
        assertThat(injected(route.decide(new SentRequest().attached("jack")))).isEqualTo(Map.of("X-Token", "of-jack"));
    }

    @Test
    void ruleWithLabelsIsForConsumersThatHaveThem() {
        secrets.provider.put("team/jack", "1", "token", "of-jack");
        secrets.provider.put("team/jill", "1", "token", "of-jill");
        consumers(new Consumer("jack", null, Map.of("team", "pay"), List.of()), consumer("jill"));
        Injection route = route(headers("X-Token", "${secret://vault/prod/team/{consumer}/token}"));
        Injection fixed = route(headers("X-Token", "${secret://vault/prod/team/jack/token}"));

        assertThat(injected(route.decide(new SentRequest().by("jack")))).isEqualTo(Map.of("X-Token", "of-jack"));
        refused(route.decide(new SentRequest().by("jill")), Reason.INJECT_FORBIDDEN);
        refused(fixed.decide(new SentRequest().by("jack")), Reason.INJECT_FORBIDDEN);
    }

    @Test
    void consumerThatIsGoneOrLosesItsLabelsGetsNothing() {
        secrets.provider.put("team/jack", "1", "token", "of-jack");
        consumers(new Consumer("jack", null, Map.of("team", "pay"), List.of()));
        Injection route = route(headers("X-Token", "${secret://vault/prod/team/{consumer}/token}"));
        String name = ((InjectAnswer.Known) route.answer("jack")).name();

        consumers(consumer("jack"));
        refused(route.decide(new SentRequest().by("jack")), Reason.INJECT_FORBIDDEN);
        assertThat(ended).containsExactly(name);
        consumers();
        refused(route.decide(new SentRequest().by("jack")), Reason.INJECT_NO_CONSUMER);
    }

    @Test
    void nextReferenceCountsOnlyIfTheOneBeforeNeverExisted() {
        secrets.provider.put("up/old", "1", "token", "old");
        Injection route =
                route(headers("X-Token", "${secret://vault/prod/up/new/token||secret://vault/prod/up/old/token}"));
        assertThat(injected(route.decide(new SentRequest()))).isEqualTo(Map.of("X-Token", "old"));

        secrets.provider.put("up/new", "1", "token", "new");
        secrets.resolver.refresh(secrets.provider.id, List.of());
        settle();
        assertThat(injected(route.decide(new SentRequest()))).isEqualTo(Map.of("X-Token", "new"));

        secrets.provider.gone("up/new");
        secrets.resolver.refresh(secrets.provider.id, List.of());
        settle();
        refused(route.decide(new SentRequest()), Reason.INJECT_UNRESOLVED);
    }

    @Test
    void gatewaysConfigurationIsResolvedBeforeItsFirstRequest() throws InvalidInjectConfigException {
        secrets.provider.put("up/a", "1", "token", "t1");
        String json = headers("X-Token", "${secret://vault/prod/up/a/token}");
        List<GatewayInjection> injections = List.of(new GatewayInjection(
                ResourceType.ROUTE, "7", null, null, "plugins.secret-inject", InjectConfig.parse(json), null));
        upstream.changed(new ConsumerSnapshot(
                Map.of(), List.of(), new GatewayConfiguration(List.of(), List.of(), List.of(), injections, Set.of())));
        settle();

        assertThat(injected(upstream.prepare(json).decide(new SentRequest()))).isEqualTo(Map.of("X-Token", "t1"));
    }

    @Test
    void sameConfigurationIsPreparedOnce() {
        String json = headers("X-Token", "${secret://vault/prod/up/a/token}");
        assertThat(route(json)).isSameAs(route(" " + json));
    }

    @Test
    void whatNoCompanionAsksForAnyMoreIsForgottenAndItsEndIsTold() {
        secrets.provider.put("up/a", "1", "token", "t1");
        String json = headers("X-Token", "${secret://vault/prod/up/a/token}");
        upstream.answer(json, null);
        settle();
        String name = ((InjectAnswer.Known) upstream.answer(json, null)).name();
        secrets.skip(Duration.ofMinutes(59));
        settle();
        upstream.tidy();
        settle();
        assertThat(secrets.resolver.resolutions()).hasSize(1);

        secrets.skip(Duration.ofMinutes(2));
        ended.clear();
        await().until(() -> {
            System.gc();
            upstream.tidy();
            settle();
            return secrets.resolver.resolutions().isEmpty();
        });
        assertThat(ended).containsExactly(name);
    }

    @Test
    void endOfValuesIsToldThoughAnUpdateFailsHalfway() {
        secrets.provider.put("up/a", "1", "token", "t1");
        secrets.provider.put("up/b", "1", "token", "t1");
        Injection first = route(headers("X-Token", "${secret://vault/prod/up/a/token}"));
        Injection second = route(headers("X-Token", "${secret://vault/prod/up/b/token}"));
        String[] names = {
            ((InjectAnswer.Known) first.answer(null)).name(), ((InjectAnswer.Known) second.answer(null)).name()
        };
        for (int reads = 0; reads < 8; reads++) {
            secrets.provider.put("up/a", "r" + reads, "token", "r" + reads);
            secrets.provider.put("up/b", "r" + reads, "token", "r" + reads);
            ended.clear();
            secrets.resolver.refresh(secrets.provider.id, List.of());
            secrets.drain();

            secrets.failClockAfter(reads);
            work.remove().run();
            secrets.failClockAfter(-1);
            upstream.changed(Set.of());
            settle();
            assertThat(ended).as("failed after %s reads", reads).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void namesOfValuesAreOthersInAnotherProcess() {
        secrets.provider.put("up/a", "1", "token", "t1");
        String json = headers("X-Token", "${secret://vault/prod/up/a/token}");
        String name = ((InjectAnswer.Known) route(json).answer(null)).name();
        UpstreamSecrets another = new UpstreamSecrets(secrets.resolver, work::add);
        another.answer(json, null);
        settle();

        assertThat(((InjectAnswer.Known) another.answer(json, null)).name()).isNotEqualTo(name);
    }

    @Test
    void nothingIsAskedForBeforeItBegins() throws Exception {
        secrets.provider.put("up/a", "1", "token", "t1");
        UpstreamSecrets waiting = UpstreamSecrets.waiting(secrets.resolver, work::add);
        Injection route = waiting.prepare(headers("X-Token", "${secret://vault/prod/up/a/token}"));
        waiting.changed(Set.of());
        settle();
        assertThat(secrets.provider.calls).isEmpty();

        waiting.begin();
        settle();
        assertThat(injected(route.decide(new SentRequest()))).containsValue("t1");
    }

    @Test
    void wrongConfigurationIsReadOnce() {
        InjectAnswer answer = upstream.answer("{\"headers\":{}}", null);
        assertThat(answer).isInstanceOf(InjectAnswer.Invalid.class);
        assertThat(upstream.answer("{\"headers\":{}}", null)).isSameAs(answer);
    }

    @Test
    void nothingPrintsAValue() {
        secrets.provider.put("up/a", "1", "token", "canary-77aa");
        Injection route = route(headers("X-Token", "${secret://vault/prod/up/a/token}"));

        List<Object> printed = new ArrayList<>(List.of(route.decide(new SentRequest()), route.answer(null), route));
        printed.addAll(route.slots());
        route.slots().forEach(slot -> printed.add(slot.filled()));
        assertThat(printed.toString()).doesNotContain("canary-77aa");
        assertThat(injected(route.decide(new SentRequest()))).containsValue("canary-77aa");
    }
}
