package dev.secretproviders.certificate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.certificate.CertificateStatus.State;
import dev.secretproviders.certificate.TestCertificates.Issued;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.peers.ApisixAdminApi;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import dev.secretproviders.store.protection.SealedStore;
import dev.secretproviders.store.protection.SeenCounter;
import dev.secretproviders.store.protection.VerifiedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What becomes of certificates when records, managers, issuers and other runners are not as expected. */
class CertificatesTest {
    private static final String SHOP = "shop.example.com";
    private static final String PEM = "{'snis': ['shop.example.com'], 'certificate': '$secret://vault/prod/shop/crt',"
            + " 'key': '$secret://vault/prod/shop/key'}";
    private static final String ISSUED =
            "{'snis': ['shop.example.com'], 'issuer': {'provider': 'issuing/test', 'role': 'web'}}";

    @TempDir
    private Path directory;

    private final ApisixAdminApi gateway = ApisixAdminApi.start();
    private final Values values = new Values();
    private final TestIssuer issuer = new TestIssuer();
    private volatile Instant now = Instant.now();
    private Store raw;
    private Store store;
    private AuditLog audit;
    private ProviderRegistry registry;
    private Resolver resolver;
    private Certificates.Parts parts;
    private Certificates certificates;

    /** Values of references that tests set. */
    private static final class Values implements CertificateValues {
        final Map<String, String> texts = new ConcurrentHashMap<>();
        volatile boolean fresh = true;

        void put(Issued certificate) {
            texts.put("$secret://vault/prod/shop/crt", certificate.pem());
            texts.put("$secret://vault/prod/shop/key", certificate.key());
        }

        @Override
        public Answer read(SecretReference reference) {
            String text = texts.get(reference.toString());
            if (text == null) {
                throw new IllegalStateException("a defect");
            }
            return new Answer.Value(Secret.ofUtf8(text), text, fresh);
        }

        @Override
        public void want(Set<SecretReference> references) {}

        @Override
        public void settle(SecretReference reference, Duration limit) {}

        @Override
        public void refresh(SecretReference reference) {}
    }

    @BeforeEach
    void open() throws Exception {
        Sealer sealer = new Sealer(MasterKeyring.of(RandomSecrets.bytes(32)));
        raw = EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO);
        VerifiedStore verified = VerifiedStore.open(
                new SealedStore(raw, sealer, Set.of("audit/", "meta/")),
                SeenCounter.open(directory.resolve("store-counter"), sealer),
                InstantSource.system(),
                false,
                false);
        verified.found(Transaction.EMPTY);
        store = verified;
        audit = TestAudit.open(store);
        registry = ProviderRegistry.read(
                Settings.root(Map.of(), new Problems()), List.of(new EnvProviderFactory(Map.of())));
        assertThat(registry.install(new Registered(issuer, ProviderPolicy.DEFAULT)))
                .isNull();
        resolver = Resolver.start(List.of(), new KeyDigester());
        parts = new Certificates.Parts(
                store,
                audit,
                resolver,
                registry,
                TestGateway.settings(gateway),
                directory.resolve("exports"),
                "runner-1",
                () -> now);
        certificates = new Certificates(parts, values);
        certificates.start();
    }

    @AfterEach
    void close() {
        certificates.close();
        resolver.close();
        registry.close();
        audit.close();
        raw.close();
        gateway.close();
    }

    private static CertificateObject object(String id, String json) {
        return CertificateObject.of(id, (ObjectNode) JsonMapper.shared().readTree(json.replace('\'', '"')));
    }

    private CertificateObject put(String id, String json) throws StoreException {
        return Objects.requireNonNull(certificates.put(
                object(id, json),
                certificates.revision(id),
                AuditEvent.done(EventCode.CERTIFICATE_UPDATE, Actor.RUNNER, CertificateObject.key(id))));
    }

    /** Returns the state after a pass that began now. */
    private State state(String id) throws InterruptedException {
        certificates.lookAgain(Set.of());
        return certificates.await(id, Duration.ofSeconds(10)).state();
    }

    private void inForce(String id, String json) throws Exception {
        put(id, json);
        assertThat(state(id)).isEqualTo(State.IN_FORCE);
    }

    private @Nullable String kept(String key) throws StoreException {
        var stored = store.get(key);
        return stored == null ? null : new String(stored.value(), UTF_8);
    }

    private List<String> audited() throws StoreException {
        return audit.query(AuditQuery.all()).records().stream()
                .map(record -> record.code() + " " + record.json())
                .toList();
    }

    /** A pass of another runner, whose view of the objects tests choose. */
    private CertificatePass otherRunner() {
        return new CertificatePass(
                new Certificates.Parts(
                        store,
                        audit,
                        resolver,
                        registry,
                        parts.settings(),
                        directory.resolve("exports"),
                        "runner-2",
                        parts.clock()),
                new Materials(values, issued(), parts.clock()),
                issued(),
                TestGateway.ssls(gateway));
    }

    private IssuedCertificates issued() {
        return new IssuedCertificates(store, audit, registry, parts.clock());
    }

    @Test
    void recordThatCannotBeUsedKeepsTheCertificateInTheGateway() throws Exception {
        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);

        assertThat(store.commit(Transaction.EMPTY.put("certificate/shop", "{'of': 'a newer runner'}".getBytes(UTF_8))))
                .isNotNull();
        await().until(() -> certificates.damaged().containsKey("shop"));
        state("shop");

        assertThat(gateway.stored("ssls", "shop")).isNotNull();
        assertThat(kept("certificate-state/shop")).isNotNull();
    }

    @Test
    void recordThatSomethingElseWroteKeepsTheCertificateInTheGateway() throws Exception {
        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);
        certificates.close();
        assertThat(raw.commit(Transaction.EMPTY.put("certificate/shop", "something".getBytes(UTF_8))))
                .isNotNull();

        boolean _ = otherRunner().begin(List.of(), Set.of());

        assertThat(gateway.stored("ssls", "shop")).isNotNull();
        assertThat(kept("certificate-state/shop")).isNotNull();
    }

    @Test
    void runnerThatDoesNotKnowANewObjectYetLeavesItsCertificate() throws Exception {
        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);

        boolean _ = otherRunner().begin(List.of(), Set.of());

        assertThat(gateway.writes()).isEqualTo(1);
        assertThat(gateway.stored("ssls", "shop")).isNotNull();
    }

    @Test
    void runnerThatStillSeesTheDeliveryByAdcLeavesTheCertificate() throws Exception {
        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);
        CertificateObject before = object("shop", PEM.replace("{'snis'", "{'delivery': 'adc', 'snis'"));

        boolean _ = otherRunner().begin(List.of(before), Set.of("shop"));

        assertThat(gateway.stored("ssls", "shop")).isNotNull();

        put("shop", PEM.replace("{'snis'", "{'delivery': 'adc', 'snis'"));

        await().until(() -> gateway.stored("ssls", "shop") == null);
    }

    /** Makes a pass over one object and returns its state, or null if another runner is about to write it. */
    private @Nullable State passed(CertificatePass pass, CertificateObject object) throws Exception {
        boolean _ = pass.begin(List.of(object), Set.of(object.id()));
        CertificateStatus status = pass.status(object, new Materials(values, issued(), parts.clock()).of(object));
        return status == null ? null : status.state();
    }

    @Test
    void certificateThatComesBackDuringItsRemovalIsWrittenAfterIt() throws Exception {
        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);
        CertificatePass second = otherRunner();
        List<Optional<State>> meanwhile = new CopyOnWriteArrayList<>();
        gateway.beforeTheNextDeletion(() -> {
            try {
                meanwhile.add(Optional.ofNullable(passed(second, put("shop", PEM))));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(certificates.delete(
                        "shop",
                        certificates.revision("shop"),
                        AuditEvent.done(EventCode.CERTIFICATE_DELETE, Actor.RUNNER, "certificate/shop")))
                .isTrue();

        await().until(() -> kept("certificate-state/shop") == null || gateway.writes() > 1);
        CertificateObject again = Objects.requireNonNull(certificates.kept("shop"));
        await().until(() -> passed(second, again) == State.IN_FORCE);
        assertThat(meanwhile).containsExactly(Optional.empty());
        assertThat(gateway.stored("ssls", "shop")).isNotNull();
        assertThat(audited()).noneMatch(record -> record.startsWith("certificate.repair"));
    }

    @Test
    void certificateThatAnotherRunnerIsWritingIsNotRemoved() throws Exception {
        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);
        certificates.close();
        Stored state = Objects.requireNonNull(store.get("certificate-state/shop"));
        assertThat(store.commit(Transaction.EMPTY
                        .put(
                                state.key(),
                                SslState.read(state).claimed("runner-3", now).stored())
                        .delete("certificate/shop")))
                .isInstanceOf(CommitResult.Committed.class);

        assertThat(otherRunner().begin(List.of(), Set.of())).isTrue();
        assertThat(gateway.stored("ssls", "shop")).isNotNull();

        now = now.plusSeconds(31);
        assertThat(otherRunner().begin(List.of(), Set.of())).as("it has died").isFalse();
        assertThat(gateway.stored("ssls", "shop")).isNull();
    }

    @Test
    void recordThatIsPutBackIsNotFollowed() throws Exception {
        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);
        Stored before = Objects.requireNonNull(raw.get("certificate/shop"));
        put("shop", PEM.replace("{'snis'", "{'delivery': 'adc', 'snis'"));
        await().until(() -> gateway.stored("ssls", "shop") == null);

        assertThat(raw.commit(Transaction.EMPTY.put("certificate/shop", before.value())))
                .isNotNull();

        await().until(() -> certificates.damaged().containsKey("shop"));
        State _ = state("shop");
        assertThat(gateway.stored("ssls", "shop")).isNull();
    }

    @Test
    void certificateThatFailsUnexpectedlyDoesNotStopTheOthers() throws Exception {
        values.put(TestCertificates.good(SHOP));
        put("a-bad-one", PEM.replace("/shop/", "/bad/"));

        inForce("shop", PEM);

        CertificateStatus bad = certificates.status("a-bad-one");
        assertThat(bad.state()).isEqualTo(State.NOT_WRITTEN);
        assertThat(bad.problems().toString()).contains("IllegalStateException").doesNotContain("a defect");
    }

    @Test
    void changeIsPendingWhileTheManagerDoesNotConfirmTheValues() throws Exception {
        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);
        values.fresh = false;

        put("shop", PEM.replace("{'snis'", "{'labels': {'team': 'a'}, 'snis'"));

        assertThat(state("shop")).isEqualTo(State.PENDING);
        assertThat(certificates.status("shop").problems().toString()).contains("the secret manager does not answer");
        assertThat(gateway.writes()).isEqualTo(1);

        values.fresh = true;

        assertThat(state("shop")).isEqualTo(State.IN_FORCE);
        assertThat(gateway.object("ssls", "shop").path("labels").path("team").asString(""))
                .isEqualTo("a");
    }

    @Test
    void endOfACertificateIsAuditedOnce() throws Exception {
        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);

        now = now.plus(Duration.ofDays(100));

        assertThat(state("shop")).isEqualTo(State.REFUSED);
        state("shop");
        assertThat(audited())
                .filteredOn(line -> line.startsWith("certificate.expiry.failed"))
                .hasSize(1);
    }

    @Test
    void issuedKeyIsDeletedWithAnObjectThatWasNeverWritten() throws Exception {
        put("shop", ISSUED.replace("{'snis'", "{'delivery': 'adc', 'snis'"));
        assertThat(state("shop")).isEqualTo(State.IN_FORCE);
        assertThat(kept("certificate-issued/shop")).contains("PRIVATE KEY");

        assertThat(certificates.delete(
                        "shop",
                        certificates.revision("shop"),
                        AuditEvent.done(EventCode.CERTIFICATE_DELETE, Actor.RUNNER, "certificate/shop")))
                .isTrue();

        assertThat(kept("certificate-issued/shop")).isNull();
    }

    @Test
    void failureToRenewEndsWhenAnotherRunnerSucceeds() throws Exception {
        certificates.close();
        CertificateObject object = put("shop", ISSUED);
        CertificateSource.Issuer source = (CertificateSource.Issuer) object.source();
        IssuedCertificates one = issued();
        issuer.down = true;
        assertThat(one.of(object, source)).isInstanceOf(IssuedCertificates.Outcome.Failed.class);
        assertThat(one.failure("shop")).isNotNull();

        issuer.down = false;
        close(issued().of(object, source));

        close(one.of(object, source));
        assertThat(one.failure("shop")).isNull();
    }

    private static void close(IssuedCertificates.Outcome outcome) {
        assertThat(outcome).isInstanceOf(IssuedCertificates.Outcome.Issued.class);
        ((IssuedCertificates.Outcome.Issued) outcome).key().close();
    }

    @Test
    void failureToRenewIsNoProblemOfAnObjectThatNamesNoIssuerAnyMore() throws Exception {
        inForce("shop", ISSUED);
        issuer.down = true;
        now = now.plus(Duration.ofDays(70));
        assertThat(state("shop")).isEqualTo(State.IN_FORCE);
        assertThat(certificates.status("shop").problems().toString()).contains("the provider failed");

        values.put(TestCertificates.good(SHOP));
        inForce("shop", PEM);

        assertThat(certificates.status("shop").problems()).isEmpty();
    }

    @Test
    void pauseGrowsWhileIssuedCertificatesFailTheChecks() throws Exception {
        certificates.close();
        issuer.name = "other.example.com";
        CertificateObject object = put("shop", ISSUED);
        CertificateSource.Issuer source = (CertificateSource.Issuer) object.source();
        IssuedCertificates one = issued();

        for (int second = 0; second < 24 * 3600; second += 30) {
            assertThat(one.of(object, source)).isInstanceOf(IssuedCertificates.Outcome.Failed.class);
            now = now.plusSeconds(30);
        }

        // Six until the pause is an hour, then one each hour.
        assertThat(issuer.count).hasValueBetween(24, 31);
        await().untilAsserted(() -> assertThat(audited())
                .anyMatch(line -> line.startsWith("certificate.issue.failed")
                        && line.contains("the issued certificate is not used")));

        issuer.name = SHOP;
        close(one.of(put("shop", ISSUED), source));
    }

    @Test
    void noneIsIssuedForAnObjectThatWasChangedOrDeletedMeanwhile() throws Exception {
        certificates.close();
        CertificateObject object = put("shop", ISSUED);
        CertificateSource.Issuer source = (CertificateSource.Issuer) object.source();
        put("shop", ISSUED.replace("web", "internal"));

        assertThat(issued().of(object, source)).isInstanceOf(IssuedCertificates.Outcome.Failed.class);
        assertThat(issuer.count).hasValue(0);

        CertificateObject again = put("shop", ISSUED);
        issuer.meanwhile = () -> store.commit(Transaction.EMPTY.delete("certificate/shop"));

        assertThat(issued().of(again, source)).isInstanceOf(IssuedCertificates.Outcome.Failed.class);
        assertThat(kept("certificate-issued/shop")).isNull();
    }

    @Test
    void damagedRecordsOfTheRunnersAreMadeAgain() throws Exception {
        inForce("shop", ISSUED);
        for (String key : List.of("certificate-state/shop", "certificate-issued/shop")) {
            assertThat(raw.commit(Transaction.EMPTY.put(key, "something".getBytes(UTF_8))))
                    .isNotNull();
        }

        await().untilAsserted(() -> assertThat(gateway.writes()).isEqualTo(2));

        await().untilAsserted(() -> assertThat(state("shop")).isEqualTo(State.IN_FORCE));
        assertThat(kept("certificate-state/shop")).contains("digest");
        assertThat(kept("certificate-issued/shop")).contains("PRIVATE KEY");
        assertThat(issuer.count).hasValue(2);
    }
}
