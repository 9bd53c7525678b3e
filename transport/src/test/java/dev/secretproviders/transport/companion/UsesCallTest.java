package dev.secretproviders.transport.companion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.jwt.VerifiedTokens;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.gateway.CredentialCalls;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.wire.MalformedFrameException;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reports of uses, as a companion sends them. */
final class UsesCallTest {
    private TestServer server;
    private RawConnection raw;

    @BeforeEach
    void start() throws IOException {
        TestServer.used.clear();
        server = TestServer.start();
        raw = server.connect();
    }

    @AfterEach
    void stop() throws IOException {
        raw.close();
        server.close();
    }

    @Test
    void reportIsTakenAndAnswered() throws IOException {
        byte[] report = CredentialCalls.uses(CredentialCalls.uses(), 0, "jäck", "k1", 3, 0);
        report = CredentialCalls.uses(report, 1, "jill", "", -1, 2);
        assertThat(raw.reportUses(report, TestServer.SOON))
                .startsWith("{\"epoch\":\"")
                .endsWith("\"}");
        assertThat(TestServer.used).containsExactly("1 0 jäck/k1 3 0", "1 1 jill/ 4294967295 2");
        assertThat(server.stats().usesReported()).isEqualTo(4_294_967_300L);
        assertThat(raw.reportUses(CredentialCalls.uses(), TestServer.SOON)).contains("epoch");
    }

    @Test
    void reportOfAnotherShapeEndsTheConnection() throws IOException {
        byte[] report = CredentialCalls.uses(CredentialCalls.uses(), 0, "jack", "k1", 3, 0);
        raw.send(Frame.encodeFrame(Frame.USES, Arrays.copyOf(report, report.length - 1)));
        assertThat(raw.readAnswer(TestServer.SOON))
                .isEqualTo(new RunnerMessage.Failure(RunnerMessage.Failure.BAD_REQUEST));
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        assertThat(server.stats().usesReported()).isZero();
    }

    private static CompanionVerdicts verdicts(DirectoryFixture it) {
        return new CompanionVerdicts(
                it.context(UnresolvedAnswer.UNAVAILABLE),
                new VerifiedTokens(),
                new SeenSignatures(it.secrets.ticker()),
                new UpstreamSecrets(it.secrets.resolver, Runnable::run));
    }

    @Test
    void usesAreCountedByARunnerThatHasGivenNoVerdictYet() throws Exception {
        try (DirectoryFixture it = new DirectoryFixture()) {
            it.consumer("jack", it.literal("k1", "jacks"), it.basic("b1", it.text("jack"), it.value("pass")))
                    .publish();
            byte[] report = CredentialCalls.uses(CredentialCalls.uses(), 0, "jack", "k1", 3, 1);
            report = CredentialCalls.uses(report, 0, "stranger", "", 9, 9);
            report = CredentialCalls.uses(report, 0, "jack", "", 9, 9);
            report = CredentialCalls.uses(report, 0, "jack", "b1", 9, 9);
            CredentialCall call = new CredentialCall(report, report.length);
            assertThat(verdicts(it).used(call)).hasValue(58);
            CredentialName name = new CredentialName("jack", "k1", CredentialKind.KEY_AUTH);
            assertThat(it.directory.previousUses()).containsOnlyKeys(name);
            assertThat(it.directory.lastUses()).containsOnlyKeys(name);
        }
    }

    @Test
    void nothingIsCountedBeforeTheConsumersAreKnown() throws Exception {
        try (DirectoryFixture it = new DirectoryFixture()) {
            byte[] report = CredentialCalls.uses(CredentialCalls.uses(), 0, "jack", "k1", 3, 1);
            assertThat(verdicts(it).used(new CredentialCall(report, report.length)))
                    .isEmpty();
        }
    }

    @Test
    void reporterIsToldThatNothingWasCounted() throws IOException {
        byte[] report = CredentialCalls.uses(CredentialCalls.uses(), 0, TestServer.TOO_EARLY, "", 3, 0);
        assertThat(raw.reportUses(report, TestServer.SOON)).endsWith("\",\"counted\":false}");
        assertThat(server.stats().usesReported()).isZero();
    }

    @Test
    void nothingOfAReportCountsIfItsEndIsMissing() throws Exception {
        try (DirectoryFixture it = new DirectoryFixture()) {
            it.consumer("jack", it.literal("k1", "jacks")).publish();
            CompanionVerdicts verdicts = verdicts(it);
            byte[] report = CredentialCalls.uses(CredentialCalls.uses(), 0, "jack", "k1", 3, 1);
            byte[] cut = CredentialCalls.uses(report, 7, "jack", "k1", 3, 1);
            assertThatThrownBy(() -> verdicts.used(new CredentialCall(cut, cut.length)))
                    .isInstanceOf(MalformedFrameException.class);
            assertThat(it.directory.previousUses()).isEmpty();
        }
    }
}
