package dev.secretproviders.admin.finding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.admin.finding.Findings.Found;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerProblem;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.consumer.GatewayConfiguration;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.control.Revocation;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.reference.template.InjectConfig;
import dev.secretproviders.reference.template.InvalidInjectConfigException;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretReference;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets in use that are missing, expired, revoked or soon too old are findings. Healthy ones are not. */
class SecretFindingsTest {
    private final ResolverFixture it = new ResolverFixture();
    private final CredentialDirectory directory = new CredentialDirectory(it.resolver, Runnable::run, List.of());
    private final List<Usage> certificates = new ArrayList<>();
    private final Findings findings = new Findings(
            it.resolver,
            List.of(
                    new SecretFindings(directory, it.resolver, List::<Revocation>of, () -> certificates, it::clock),
                    new ConfigurationFindings(directory)),
            it::clock);

    @BeforeEach
    void consumersUseSecrets() {
        it.provider.put("jack", "1", "key", "the-key-of-jack-16");
        use("$secret://vault/prod/jack/key");
    }

    @AfterEach
    void close() {
        it.close();
    }

    private void use(String reference) {
        directory.changed(new ConsumerSnapshot(
                Map.of(
                        "jack",
                        new Consumer(
                                "jack",
                                null,
                                List.of(new Credential.KeyAuth(
                                        "one", new CredentialText.Referenced(SecretReference.parse(reference)))))),
                List.of()));
        it.drain();
    }

    private void is(Kind kind, String... words) {
        assertThat(findings.all()).extracting(Found::finding).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(kind);
            assertThat(finding.subjects()).hasSize(2).contains("consumers/jack/credentials/one");
            assertThat(finding.message()).contains(words);
            assertThat(finding.providers()).hasSize(1);
        });
        assertThat(findings.counts()).containsEntry(kind.text(), 1).hasSize(Kind.values().length);
    }

    @Test
    void secretThatIsThereIsNoFinding() {
        assertThat(findings.all()).isEmpty();
    }

    @Test
    void missingOneNamesWhoUsesIt() {
        it.provider.gone("jack");
        it.pass(ResolverFixture.TTL);

        is(Kind.MISSING_SECRET, "version 3 was destroyed; its credentials are refused");
    }

    @Test
    void oneThatNobodyUsesAnyMoreIsNoFinding() {
        it.provider.gone("jack");
        it.pass(ResolverFixture.TTL);
        directory.changed(new ConsumerSnapshot(Map.of(), List.of()));

        assertThat(findings.all()).isEmpty();
    }

    private static GatewayInjection route(String reference) throws InvalidInjectConfigException {
        return new GatewayInjection(
                ResourceType.ROUTE,
                "7",
                null,
                null,
                "plugins.secret-inject",
                InjectConfig.parse("{\"headers\": {\"X-Token\": \"${secret://" + reference + "}\"}}"),
                null);
    }

    private void inject(String reference, String wanted) throws InvalidInjectConfigException {
        directory.changed(new ConsumerSnapshot(
                Map.of(),
                List.of(),
                new GatewayConfiguration(List.of(), List.of(), List.of(), List.of(route(reference)), Set.of())));
        it.want(UpstreamSecrets.OWNER, Use.VALUE, wanted);
        it.drain();
    }

    @Test
    void oneThatIsOnlyInjectedSaysWhatThatMeans() throws InvalidInjectConfigException {
        it.provider.gone("jack");
        inject("vault/prod/jack/key", "jack/key");

        assertThat(findings.all()).extracting(Found::finding).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.MISSING_SECRET);
            assertThat(finding.subjects()).containsExactly("$secret://vault/prod/jack/key", "route/7");
            assertThat(finding.message()).endsWith("; requests that carry it to an upstream get 503");
        });
    }

    @Test
    void oneOfEachConsumerIsLeftToTheFindingAboutAllOfThem() throws InvalidInjectConfigException {
        it.provider.gone("jack");
        inject("vault/prod/{consumer}/key", "jack/key");

        assertThat(findings.all()).isEmpty();
    }

    @Test
    void oneThatOnlyACertificateNeedsSaysWhatThatMeans() {
        directory.changed(new ConsumerSnapshot(Map.of(), List.of()));
        SecretReference reference = ResolverFixture.reference("jack/key");
        certificates.add(
                new Usage(ResourceType.CERTIFICATE, "shop", null, null, "key", reference.toString(), reference));
        it.want("certificates", Use.VALUE, "jack/key");
        it.drain();
        it.outage(ProviderException.Kind.UNAVAILABLE);
        it.pass(ResolverFixture.STALE_TTL.plusSeconds(1));

        assertThat(findings.all()).extracting(Found::finding).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.EXPIRED_SECRET);
            assertThat(finding.subjects()).containsExactly(reference.toString(), "certificates/shop");
            assertThat(finding.message()).contains("so its certificate stays as it is (");
        });
    }

    @Test
    void oneOfSeveralUsesSaysAllOfThem() throws InvalidInjectConfigException {
        it.provider.gone("jack");
        directory.changed(new ConsumerSnapshot(
                Map.of("jack", jack(new CredentialText.Referenced(ResolverFixture.reference("jack/key")))),
                List.of(),
                new GatewayConfiguration(
                        List.of(), List.of(), List.of(), List.of(route("vault/prod/jack/key")), Set.of())));
        it.drain();
        it.pass(ResolverFixture.TTL);

        assertThat(findings.all()).extracting(Found::finding).singleElement().satisfies(finding -> {
            assertThat(finding.subjects())
                    .containsExactly("$secret://vault/prod/jack/key", "consumers/jack/credentials/one", "route/7");
            assertThat(finding.message())
                    .endsWith("; its credentials are refused, requests that carry it to an upstream get 503");
        });
    }

    private static Consumer jack(CredentialText key) {
        return new Consumer("jack", null, List.of(new Credential.KeyAuth("one", key)));
    }

    @Test
    void onlyTheReferenceThatCountsInAChainIsAFinding() {
        ReferenceChain chain = new ReferenceChain(
                List.of(ResolverFixture.reference("none/key"), ResolverFixture.reference("jack/key")));
        directory.changed(new ConsumerSnapshot(Map.of("jack", jack(new CredentialText.Chained(chain))), List.of()));
        it.drain();
        assertThat(findings.all()).isEmpty();

        it.provider.gone("jack");
        it.pass(ResolverFixture.TTL);
        is(Kind.MISSING_SECRET, "version 3 was destroyed");
        assertThat(findings.all().getFirst().finding().subjects()).contains("$secret://vault/prod/jack/key");
    }

    @Test
    void oneThatCannotBeConfirmedIsAFindingFromHalfOfTheTimeAndThenExpired() {
        it.outage(ProviderException.Kind.UNAVAILABLE);
        it.pass(ResolverFixture.STALE_TTL.dividedBy(2).minus(Duration.ofSeconds(2)));
        assertThat(findings.all()).isEmpty();

        it.pass(Duration.ofSeconds(4));
        is(
                Kind.SOON_STALE_SECRET,
                "confirmed last at 2026-11-23T12:00:00Z",
                "from 2026-11-23T12:10:00Z on its credentials get 503",
                "outage");

        it.pass(ResolverFixture.STALE_TTL.dividedBy(2));
        is(Kind.EXPIRED_SECRET, "503", "outage");

        it.outageEnds();
        it.pass(Duration.ofMinutes(1));
        assertThat(findings.all()).isEmpty();
    }

    @Test
    void findingKeepsItsTimeWhileItStaysAndGetsANewOneWhenItReturns() {
        it.provider.gone("jack");
        it.pass(ResolverFixture.TTL);
        Instant first = since();

        it.pass(Duration.ofMinutes(5));
        assertThat(since()).isEqualTo(first);

        it.provider.put("jack", "4", "key", "another-key-of-jack-16");
        it.pass(ResolverFixture.TTL);
        assertThat(findings.all()).isEmpty();

        it.provider.gone("jack");
        it.pass(ResolverFixture.TTL);
        assertThat(since()).isAfter(first);
    }

    @Test
    void findingKeepsItsTimeWhenAnotherConsumerBecomesConcerned() {
        it.provider.gone("jack");
        it.pass(ResolverFixture.TTL);
        Instant first = since();
        CredentialText key = new CredentialText.Referenced(SecretReference.parse("$secret://vault/prod/jack/key"));

        it.pass(Duration.ofMinutes(1));
        directory.changed(new ConsumerSnapshot(
                Map.of(
                        "jack",
                        new Consumer("jack", null, List.of(new Credential.KeyAuth("one", key))),
                        "adam",
                        new Consumer("adam", null, List.of(new Credential.KeyAuth(null, key)))),
                List.of()));
        it.drain();

        assertThat(since()).isEqualTo(first);
        assertThat(findings.all().getFirst().finding().subjects()).contains("consumers/adam");
    }

    private Instant since() {
        return findings.all().getFirst().since();
    }

    @Test
    void referenceToAProviderThatIsNotThereIsBroken() {
        use("$secret://vault/other/jack/key");

        is(Kind.BROKEN_REFERENCE, "there is no provider 'vault/other'");
    }

    @Test
    void consumerThatWasLeftOutIsAFinding() {
        directory.changed(
                new ConsumerSnapshot(Map.of(), List.of(new ConsumerProblem("consumers/jill", "the key is no text"))));

        assertThat(findings.all()).extracting(Found::finding).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.CONSUMER_PROBLEM);
            assertThat(finding.subjects()).containsExactly("consumers/jill");
            assertThat(finding.message()).contains("the key is no text");
        });
    }

    @Test
    void revokedSecretIsToldFromAMissingOne(@TempDir Path place) throws Exception {
        try (AdminFixture admin = new AdminFixture(place)) {
            admin.put("/admin/providers/local/own", "{}").expect(201);
            admin.put("/admin/secrets/own/one", "{'fields': {'key': 'a-key-of-16-bytes-or-more'}}")
                    .expect(201);
            admin.gateway("""
                    consumers:
                      - {username: jack, plugins: {key-auth: {key: "$secret://local/own/one/key"}}}
                      - {username: rose, plugins: {key-auth: {key: "$secret://local/own/two/key"}}}
                    """);
            admin.post("/admin/revoke", "{'provider': 'local/own', 'path': 'one'}")
                    .expect(200);

            var shown = admin.get("/admin/findings").expect(200).json().path("list");
            assertThat(shown.findValuesAsString("kind")).containsExactly("missing_secret", "revoked_secret");
            assertThat(shown.path(1).toString())
                    .contains("$secret://local/own/one/key", "consumers/jack", "was revoked at");
        }
    }
}
