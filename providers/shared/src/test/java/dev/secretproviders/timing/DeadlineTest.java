package dev.secretproviders.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class DeadlineTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(20);

    @Test
    void answerInTimeIsReturned() throws Exception {
        assertThat(Deadline.await(CompletableFuture.completedFuture("answer"), LONG))
                .isEqualTo("answer");
    }

    @Test
    void failureIsThePeersOwn() {
        CompletableFuture<String> failed = CompletableFuture.failedFuture(new IOException("refused"));
        assertThatThrownBy(() -> Deadline.await(failed, LONG))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void threadThatHasNoAnswerInTimeIsInterrupted() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        FutureTask<Boolean> question = new FutureTask<>(() -> {
            started.countDown();
            try {
                Thread.sleep(LONG);
                return false;
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        });
        Thread.startVirtualThread(question);
        started.await();
        assertThatThrownBy(() -> Deadline.await(question, SHORT)).isInstanceOf(TimeoutException.class);
        assertThat(question.isCancelled()).isTrue();
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void questionOfAThreadThatIsInterruptedIsCancelled() {
        CompletableFuture<String> question = new CompletableFuture<>();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> Deadline.await(question, LONG)).isInstanceOf(InterruptedException.class);
        assertThat(question.isCancelled()).isTrue();
    }

    @Test
    void timeThatIsOverAlreadyIsATimeout() {
        CompletableFuture<String> question = new CompletableFuture<>();
        assertThatThrownBy(() -> Deadline.await(question, Duration.ofNanos(-1))).isInstanceOf(TimeoutException.class);
    }
}
