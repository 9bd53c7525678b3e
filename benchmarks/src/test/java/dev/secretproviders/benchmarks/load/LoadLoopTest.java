package dev.secretproviders.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.gateway.Frame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadLoopTest {
    private static final byte[] REQUEST = Frame.encodeFrame(Frame.HTTP_REQ_CALL, bytes("a request"));
    private static final byte[] ANSWER = Frame.encodeFrame(Frame.HTTP_REQ_CALL, bytes("an answer"));
    private static final byte[] OTHER = Frame.encodeFrame(Frame.HTTP_REQ_CALL, bytes("an insult"));

    @TempDir
    Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static Exchange exchange() {
        return exchange(null);
    }

    private static Exchange exchange(Exchange.@Nullable Question question) {
        Texts none = Texts.of(1, _ -> "x");
        return new Exchange(FrameTemplate.constant(REQUEST), FrameTemplate.constant(ANSWER), none, none, question);
    }

    private LoadResult run(SlowServer server, Load load, Duration duration) throws IOException {
        try (LoadLoop loop = LoadLoop.open(server.socket(), exchange(), load)) {
            return loop.run(duration);
        }
    }

    @Test
    void aClosedLoopCountsRightAnswers() throws Exception {
        try (SlowServer server = SlowServer.answering(directory, REQUEST.length, _ -> ANSWER)) {
            LoadResult result = run(server, new Load.Closed(4), Duration.ofMillis(300));

            assertThat(result.wrong()).isZero();
            assertThat(result.answered()).isPositive().isLessThanOrEqualTo(server.requests());
            assertThat(result.times().getTotalCount()).isEqualTo(server.requests());
        }
    }

    @Test
    void aWrongAnswerIsCountedAndItsTimeIsNot() throws Exception {
        try (SlowServer server =
                SlowServer.answering(directory, REQUEST.length, number -> number == 3 ? OTHER : ANSWER)) {
            LoadResult result = run(server, new Load.Closed(1), Duration.ofMillis(200));

            assertThat(result.wrong()).isEqualTo(1);
            assertThat(result.times().getTotalCount()).isEqualTo(server.requests() - 1);
        }
    }

    @Test
    void aLostConnectionEndsTheMeasurement() throws Exception {
        try (SlowServer server = SlowServer.answering(directory, REQUEST.length, number -> {
            if (number == 3) {
                throw new IOException("the test ends this connection");
            }
            return ANSWER;
        })) {
            assertThatThrownBy(() -> run(server, new Load.Closed(1), Duration.ofMillis(200)))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void anOpenLoopSendsAtItsRate() throws Exception {
        try (SlowServer server = SlowServer.answering(directory, REQUEST.length, _ -> ANSWER)) {
            LoadResult result = run(server, new Load.Open(4, 1_000), Duration.ofMillis(500));

            assertThat(server.requests()).isEqualTo(500);
            assertThat(result.times().getTotalCount()).isEqualTo(500);
        }
    }

    @Test
    void aCountedLoadEndsWithItsRequests() throws Exception {
        try (SlowServer server = SlowServer.answering(directory, REQUEST.length, _ -> ANSWER);
                LoadLoop loop = LoadLoop.open(server.socket(), exchange(), new Load.Counted(4, 50))) {
            assertThat(loop.run(Duration.ofMinutes(1)).answered()).isEqualTo(50);
            assertThat(loop.run(Duration.ofMinutes(1)).answered()).isEqualTo(50);
            assertThat(server.requests()).isEqualTo(100);
        }
    }

    @Test
    void aQuestionOfTheServerIsRepliedToAndIsNoAnswer() throws Exception {
        byte[] asked = Frame.encodeFrame(Frame.EXTRA_INFO, bytes("more?"));
        Exchange exchange =
                exchange(new Exchange.Question(FrameTemplate.constant(asked), FrameTemplate.constant(REQUEST)));
        try (SlowServer server =
                        SlowServer.answering(directory, REQUEST.length, number -> number % 2 == 1 ? asked : ANSWER);
                LoadLoop loop = LoadLoop.open(server.socket(), exchange, new Load.Counted(1, 20))) {
            LoadResult result = loop.run(Duration.ofMinutes(1));

            assertThat(result.wrong()).isZero();
            assertThat(result.answered()).isEqualTo(20);
            assertThat(server.requests()).isEqualTo(40);
        }
    }

    /** One answer takes 300 ms, and 300 requests are due meanwhile. Almost all of them wait long, which must show. */
    @Test
    void whatWaitsBehindASlowAnswerIsSlow() throws Exception {
        try (SlowServer server = SlowServer.answering(directory, REQUEST.length, number -> {
            if (number == 100) {
                Thread.sleep(300);
            }
            return ANSWER;
        })) {
            LoadResult result = run(server, new Load.Open(1, 1_000), Duration.ofSeconds(1));

            long slow = result.times()
                    .getCountBetweenValues(TimeUnit.MILLISECONDS.toNanos(50), TimeUnit.SECONDS.toNanos(60));
            assertThat(slow).isGreaterThan(150);
        }
    }
}
