package dev.secretproviders.transport.companion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.auth.Verdict;
import dev.secretproviders.gateway.CredentialCalls;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.transport.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls about credentials that are more than a key, as a companion sees them on the wire. */
final class CredentialCallTest {
    private static final int LONGEST = 131_072;
    /** One byte for the kind, and two lengths. */
    private static final int AROUND = 1 + 2 * Integer.BYTES;

    private static final byte[] LATER = CredentialCalls.basic("jack", "later");

    private TestServer server;
    private RawConnection raw;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start();
        raw = server.connect();
    }

    @AfterEach
    void stop() throws IOException {
        TestServer.later = UnaryOperator.identity();
        raw.close();
        server.close();
    }

    private String ask(byte[] call) throws IOException {
        return raw.credentialVerdict(call, TestServer.SOON);
    }

    @Test
    void answersAreThoseOfTheCallAboutAKey() throws IOException {
        assertThat(ask(CredentialCalls.basic("jäck", "pass")))
                .startsWith("{\"verdict\":\"accepted\",\"epoch\":\"")
                .endsWith("\",\"sequence\":7,\"consumer\":\"jäck\",\"previous\":true}");
        assertThat(ask(CredentialCalls.basic("jack", "wrong")))
                .startsWith("{\"verdict\":\"refused\"")
                .endsWith(",\"reason\":\"invalid_key\"}");
        assertThat(raw.verdict("key-1".getBytes(StandardCharsets.UTF_8), TestServer.SOON))
                .as("calls of both types on one connection")
                .contains("\"user-1\"");
        List<String> counts = new ArrayList<>();
        server.stats().verdicts.forEach((kind, outcome, count) -> {
            if (count > 0) {
                counts.add(kind + " " + outcome + " " + count);
            }
        });
        assertThat(counts).containsExactly("KEY_AUTH ACCEPTED 1", "BASIC_AUTH ACCEPTED 1", "BASIC_AUTH REFUSED 1");
        assertThat(server.stats().verdictsAccepted()).isEqualTo(2);
        assertThat(server.stats().verdictsRefused()).isEqualTo(1);
    }

    static Stream<byte[]> callsOfAnotherShape() {
        byte[] good = CredentialCalls.basic("jack", "pass");
        byte[] negative = good.clone();
        negative[1] = -1;
        byte[] endless = good.clone();
        endless[1] = 127;
        return Stream.of(
                new byte[0],
                new byte[] {1},
                CredentialCalls.of(0, "jack", "pass"),
                CredentialCalls.of(4, "jack", "pass"),
                CredentialCalls.of(200, "jack", "pass"),
                CredentialCalls.of(1, "jack"),
                CredentialCalls.of(1, "jack", "pass", ""),
                Arrays.copyOf(good, good.length - 1),
                Arrays.copyOf(good, good.length + 1),
                negative,
                endless);
    }

    @ParameterizedTest
    @MethodSource("callsOfAnotherShape")
    void callOfAnotherShapeEndsTheConnection(byte[] call) throws IOException {
        raw.send(Frame.encodeFrame(Frame.CREDENTIAL, call));
        assertThat(raw.readAnswer(TestServer.SOON))
                .isEqualTo(new RunnerMessage.Failure(RunnerMessage.Failure.BAD_REQUEST));
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        assertThat(server.stats().malformedFrames()).isEqualTo(1);
    }

    @Test
    void anyBytesGetOneAnswerOrTheEndOfTheConnection() throws IOException {
        Random random = new Random(20261129);
        for (int i = 0; i < 500; i++) {
            byte[] call = new byte[random.nextInt(24)];
            random.nextBytes(call);
            if (call.length > 4 && i % 2 == 0) {
                call[0] = 1;
                Arrays.fill(call, 1, 4, (byte) 0);
            }
            try (RawConnection other = server.connect()) {
                other.send(Frame.encodeFrame(Frame.CREDENTIAL, call));
                Frame answer = other.readFrame(TestServer.SOON);
                assertThat(answer.type()).isIn(Frame.CREDENTIAL, 0);
            }
        }
        assertThat(server.stats().verdictsAccepted()).isZero();
    }

    @Test
    void theLongestCallIsAnsweredAndALongerOneIsNotEvenWaitedFor() throws IOException {
        assertThat(ask(CredentialCalls.basic("jack", "x".repeat(LONGEST - AROUND - 4))))
                .contains("refused");
        raw.send(Frame.encodeHeader(Frame.CREDENTIAL, LONGEST + 1));
        assertThat(raw.readAnswer(TestServer.SOON))
                .isEqualTo(new RunnerMessage.Failure(RunnerMessage.Failure.BAD_REQUEST));
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
    }

    @Test
    void callThatCannotBeAnsweredClosesItsConnection() throws IOException {
        raw.send(Frame.encodeFrame(Frame.CREDENTIAL, CredentialCalls.basic("jack", "boom")));
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
    }

    @Test
    void verdictThatTakesLongDelaysNoOtherConnection() throws Exception {
        CountDownLatch found = new CountDownLatch(1);
        AtomicBoolean onLoop = new AtomicBoolean(true);
        TestServer.later = accepted -> {
            onLoop.set(!Thread.currentThread().isVirtual());
            pass(found);
            return accepted;
        };
        raw.send(Frame.encodeFrame(Frame.CREDENTIAL, LATER));
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            try (RawConnection other = server.connect()) {
                assertThat(other.verdict("key-1".getBytes(StandardCharsets.UTF_8), TestServer.SOON))
                        .contains("accepted");
            }
        }
        found.countDown();
        assertThat(raw.readFrame(TestServer.SOON).body().text()).contains("\"jack\"");
        assertThat(onLoop).isFalse();
        assertThat(ask(CredentialCalls.basic("jack", "pass"))).contains("accepted");
    }

    @Test
    void frameBeforeSuchAVerdictClosesTheConnection() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        TestServer.later = accepted -> untilInterrupted(accepted, begun, interrupted);
        raw.send(Frame.encodeFrame(Frame.CREDENTIAL, LATER));
        begun.await();
        raw.send(Frame.encodeFrame(Frame.CREDENTIAL, LATER));
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
        assertThat(server.stats().pipelinedFrames()).isEqualTo(1);
        await().atMost(TestServer.SOON).untilTrue(interrupted);
    }

    @Test
    void companionThatGivesUpEndsTheSearch() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        TestServer.later = accepted -> untilInterrupted(accepted, begun, interrupted);
        try (RawConnection other = server.connect()) {
            other.send(Frame.encodeFrame(Frame.CREDENTIAL, LATER));
            begun.await();
        }
        await().atMost(TestServer.SOON).untilTrue(interrupted);
    }

    @Test
    void verdictThatIsNotFoundInTimeClosesTheConnection() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        TestServer.later = accepted -> untilInterrupted(accepted, begun, interrupted);
        try (TestServer impatient = TestServer.start(options -> options.withRequestDeadline(Duration.ofMillis(100)));
                RawConnection other = impatient.connect()) {
            other.send(Frame.encodeFrame(Frame.CREDENTIAL, LATER));
            assertThat(other.awaitClosed(TestServer.SOON)).isTrue();
            await().atMost(TestServer.SOON).untilTrue(interrupted);
        }
    }

    @Test
    void searchThatFailsClosesTheConnection() throws Exception {
        TestServer.later = _ -> {
            throw new IllegalStateException("a failure");
        };
        raw.send(Frame.encodeFrame(Frame.CREDENTIAL, LATER));
        assertThat(raw.awaitClosed(TestServer.SOON)).isTrue();
    }

    private static void pass(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Verdict untilInterrupted(Verdict accepted, CountDownLatch begun, AtomicBoolean interrupted) {
        begun.countDown();
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            interrupted.set(true);
        }
        return accepted;
    }
}
