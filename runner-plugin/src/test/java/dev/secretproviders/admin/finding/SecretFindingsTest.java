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
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.control.Revocation;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretReference;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets in use that are missing, expired, revoked or soon too old are findings. Healthy ones are not. */
class SecretFindingsTest {
    private final ResolverFixture it = new ResolverFixture();
    private final CredentialDirectory directory = new CredentialDirectory(it.resolver, Runnable::run);
    private final Findings findings = new Findings(
            List.of(
                    new SecretFindings(directory, it.resolver, List::<Revocation>of, it::clock),
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
                                List.of(new Credential(
                                        "one", new CredentialKey.Referenced(SecretReference.parse(reference)))))),
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

        is(Kind.MISSING_SECRET, "version 3 was destroyed", "refused");
    }

    @Test
    void oneThatNobodyUsesAnyMoreIsNoFinding() {
        it.provider.gone("jack");
        it.pass(ResolverFixture.TTL);
        directory.changed(new ConsumerSnapshot(Map.of(), List.of()));

        assertThat(findings.all()).isEmpty();
    }

    @Test
    void oneThatCannotBeConfirmedIsAFindingFromHalfOfTheTimeAndThenExpired() {
        it.outage(ProviderException.Kind.UNAVAILABLE);
        it.pass(ResolverFixture.STALE_TTL.dividedBy(2).minus(Duration.ofSeconds(2)));
        assertThat(findings.all()).isEmpty();

        it.pass(Duration.ofSeconds(4));
        is(Kind.SOON_STALE_SECRET, "confirmed last at 2026-11-23T12:00:00Z", "from 2026-11-23T12:10:00Z", "outage");

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
        CredentialKey key = new CredentialKey.Referenced(SecretReference.parse("$secret://vault/prod/jack/key"));

        it.pass(Duration.ofMinutes(1));
        directory.changed(new ConsumerSnapshot(
                Map.of(
                        "jack",
                        new Consumer("jack", null, List.of(new Credential("one", key))),
                        "adam",
                        new Consumer("adam", null, List.of(new Credential(null, key)))),
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
