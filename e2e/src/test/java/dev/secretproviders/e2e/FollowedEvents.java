package dev.secretproviders.e2e;

import dev.secretproviders.gateway.EventFollower;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Events of a runner's stream, with the time at which they were read. */
final class FollowedEvents implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final EventFollower follower;
    private final JsonNode hello;
    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    private final Thread reading;

    /** An event, and the {@link System#nanoTime} at which it was read. */
    record Heard(JsonNode event, long at) {
        long sequence() {
            return event.path("sequence").asLong();
        }

        boolean touches(String consumer) {
            JsonNode forget = event.path("forget");
            return forget.isString() || forget.findValuesAsString("consumer").contains(consumer);
        }
    }

    private FollowedEvents(EventFollower follower, JsonNode hello) {
        this.follower = follower;
        this.hello = hello;
        this.reading = Thread.ofPlatform().daemon().start(this::read);
    }

    static FollowedEvents open(Path directory) throws IOException {
        EventFollower follower = EventFollower.open(Path.of(RunnerProcess.socket(directory) + ".events"));
        return new FollowedEvents(follower, JsonMapper.shared().readTree(follower.readLine(SOON)));
    }

    private void read() {
        try {
            while (true) {
                String line = follower.readEvent(Duration.ofDays(1));
                heard.add(new Heard(JsonMapper.shared().readTree(line), System.nanoTime()));
            }
        } catch (IOException e) {
            // The runner or the test has closed the stream.
        }
    }

    String epoch() {
        return hello.path("epoch").asString();
    }

    /** Returns the next event that concerns a consumer. */
    Heard touching(String consumer) throws InterruptedException {
        long end = System.nanoTime() + SOON.toNanos();
        while (true) {
            Heard next = heard.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                throw new AssertionError("no event touched " + consumer + " within " + SOON);
            }
            if (next.touches(consumer)) {
                return next;
            }
        }
    }

    /** Forgets the events so far. */
    void skip() {
        heard.clear();
    }

    /** Returns whether the runner closes the stream soon. */
    boolean ends() throws InterruptedException {
        return reading.join(SOON);
    }

    @Override
    public void close() throws IOException {
        follower.close();
    }
}
