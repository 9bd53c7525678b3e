package dev.secretproviders.benchmarks.restart;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.locks.LockSupport;

/** Requests at a steady rate, whether the ones before are answered or not. */
final class Steady {
    private static final int PER_SECOND = 200;
    private static final long INTERVAL = Duration.ofSeconds(1).toNanos() / PER_SECOND;

    private Steady() {}

    /**
     * The answer to a request.
     *
     * @param due when it was to be sent, in seconds since the beginning
     * @param millis how long it took from then
     */
    record Answer(double due, double millis, boolean accepted) {}

    /** All answers, in the order in which requests were to be sent. */
    record Answers(List<Answer> all) {
        Answers {
            all = List.copyOf(all);
        }

        long refused() {
            return all.stream().filter(answer -> !answer.accepted()).count();
        }

        double longest() {
            return all.stream().mapToDouble(Answer::millis).max().orElse(0);
        }

        double p99() {
            double[] sorted = all.stream().mapToDouble(Answer::millis).sorted().toArray();
            return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(0.99 * sorted.length) - 1];
        }
    }

    /** What happens during the load. */
    interface Event {
        void happen() throws IOException, InterruptedException;
    }

    /** Returns how many requests are sent in some time. */
    static int requests(Duration load) {
        return Math.toIntExact((load.toNanos() + INTERVAL - 1) / INTERVAL);
    }

    /** Sends requests for some time. After a tenth of it the event happens. Returns when all are answered. */
    static Answers during(Event event, Way way, Duration load) throws IOException, InterruptedException {
        Queue<Answer> answers = new ConcurrentLinkedQueue<>();
        Phaser under = new Phaser(1);
        long begin = System.nanoTime();
        Thread sending = Thread.ofPlatform().name("steady").start(() -> {
            int number = 0;
            for (long due = begin; due - begin < load.toNanos(); due += INTERVAL) {
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                long sent = due;
                int which = number++;
                int _ = under.register();
                var _ = Thread.ofVirtual().start(() -> {
                    boolean accepted = accepted(way, which);
                    answers.add(new Answer((sent - begin) / 1e9, (System.nanoTime() - sent) / 1e6, accepted));
                    int _ = under.arriveAndDeregister();
                });
            }
        });
        Thread.sleep(load.dividedBy(10));
        event.happen();
        sending.join();
        int _ = under.arriveAndAwaitAdvance();
        List<Answer> all = new ArrayList<>(answers);
        all.sort((one, other) -> Double.compare(one.due(), other.due()));
        return new Answers(all);
    }

    private static boolean accepted(Way way, int number) {
        try {
            return way.accepted(number);
        } catch (IOException e) {
            return false;
        }
    }
}
