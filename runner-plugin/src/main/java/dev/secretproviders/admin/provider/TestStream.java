package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.provider.ProviderTester.Prepared;
import dev.secretproviders.admin.provider.TestReport.Watcher;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs a test and sends its steps while they happen, as server-sent events: {@code plan} once the steps are known, {@code step} when
 * one begins and when it ends, and {@code result} with the answer. A sign of life goes out each second, so that a client that went
 * away is noticed and the test is cancelled.
 */
final class TestStream implements Answer.Stream {
    private static final Logger LOG = LoggerFactory.getLogger(TestStream.class);
    private static final byte[] SIGN_OF_LIFE = ":\n\n".getBytes(StandardCharsets.UTF_8);

    private final Prepared test;

    /** Creates the stream of a test, which it closes. */
    TestStream(Prepared test) {
        this.test = test;
    }

    /** Something to send, and whether it is the last. */
    private record Event(String name, ObjectNode data, boolean last) {
        byte[] bytes() {
            return ("event: " + name + "\ndata: " + Json.MAPPER.writeValueAsString(data) + "\n\n")
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    @Override
    public void to(OutputStream out) throws IOException {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        Thread tester = Thread.ofVirtual().name("provider-test-steps").start(() -> run(events));
        try {
            boolean last = false;
            while (!last) {
                Event event = events.poll(1, TimeUnit.SECONDS);
                out.write(event == null ? SIGN_OF_LIFE : event.bytes());
                out.flush();
                last = event != null && event.last();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // Ends the test if the client went away. After the last event there is nothing to end.
            tester.interrupt();
        }
    }

    private void run(BlockingQueue<Event> events) {
        Event last;
        try (test) {
            last = new Event("result", test.run(new Sender(events)), true);
        } catch (StoreException e) {
            last = new Event("error", Json.object().put("error_msg", e.getMessage()), true);
        } catch (InterruptedException e) {
            last = new Event("error", Json.object().put("error_msg", "the test was cancelled"), true);
        } catch (RuntimeException e) {
            // The message of an unexpected exception may quote the object, which may hold secrets.
            LOG.error("a test failed: {}", e.getClass().getName());
            last = new Event("error", Json.object().put("error_msg", "internal error; see the log"), true);
        }
        events.add(last);
    }

    private record Sender(BlockingQueue<Event> events) implements Watcher {
        @Override
        public void planned(List<TestStep> steps) {
            ObjectNode plan = Json.object();
            ArrayNode names = plan.putArray("steps");
            steps.forEach(step -> names.add(step.shown()));
            send("plan", plan);
        }

        @Override
        public void began(TestStep step) {
            send("step", Json.object().put("step", step.shown()).put("state", "running"));
        }

        @Override
        public void ended(ObjectNode step) {
            send("step", step);
        }

        private void send(String name, ObjectNode data) {
            events.add(new Event(name, data, false));
        }
    }
}
