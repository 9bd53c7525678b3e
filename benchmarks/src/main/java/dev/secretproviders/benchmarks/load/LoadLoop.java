package dev.secretproviders.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/**
 * Sends one load to one server from the thread that calls {@link #run}. The thread spins and needs a processor of its
 * own. A driver that sleeps would have to be woken by the server, at the server's cost.
 */
public final class LoadLoop implements AutoCloseable {
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int DIGITS = 3;
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long TICK_MILLIS = 100;
    /** A sleep shorter than this lasts too long. */
    private static final long SPIN_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final Exchange exchange;
    private final Load load;
    private final Selector selector;
    private final List<LoadConnection> connections = new ArrayList<>();
    private final ArrayDeque<LoadConnection> idle;
    private final ByteBuffer expected;
    private final Consumer<SelectionKey> onReady = this::ready;

    private Histogram times = new Histogram(LONGEST_NANOS, DIGITS);
    private long answered;
    private long wrong;
    private long heard;
    private boolean ending;
    /** How many requests may still begin in this run. */
    private long left;

    private int nextId = 1;
    private int nextKey;

    private LoadLoop(Exchange exchange, Load load, Selector selector) {
        this.exchange = exchange;
        this.load = load;
        this.selector = selector;
        this.idle = new ArrayDeque<>(load.connections());
        this.expected = ByteBuffer.allocateDirect(exchange.answer().length());
        exchange.answer().fill(expected);
    }

    /** Connects. */
    public static LoadLoop open(Path socket, Exchange exchange, Load load) throws IOException {
        LoadLoop loop = new LoadLoop(exchange, load, Selector.open());
        try {
            for (int i = 0; i < load.connections(); i++) {
                LoadConnection connection = LoadConnection.open(socket, loop.selector, exchange);
                loop.connections.add(connection);
                loop.idle.add(connection);
            }
            return loop;
        } catch (IOException | RuntimeException e) {
            loop.close();
            throw e;
        }
    }

    /**
     * Sends requests for a time, or until all of a counted load were answered, then waits for the outstanding answers.
     *
     * @throws IOException if a connection is lost or no answer arrives for 10 s
     */
    public LoadResult run(Duration duration) throws IOException {
        times = new Histogram(LONGEST_NANOS, DIGITS);
        answered = 0;
        wrong = 0;
        ending = false;
        left = load instanceof Load.Counted counted ? counted.requests() : Long.MAX_VALUE;
        long start = System.nanoTime();
        long end = start + duration.toNanos();
        heard = start;
        try {
            switch (load) {
                case Load.Closed _, Load.Counted _ -> closed(end);
                case Load.Open open -> open(open, start, end);
            }
            long nanos = System.nanoTime() - start;
            long inTime = answered;
            drain();
            return new LoadResult(inTime, wrong, nanos, times);
        } catch (LostConnectionSignal e) {
            throw e.cause();
        }
    }

    private void closed(long end) throws IOException {
        while (!idle.isEmpty() && left > 0) {
            send(idle.remove(), System.nanoTime());
        }
        while (System.nanoTime() - end < 0 && (left > 0 || idle.size() < connections.size())) {
            selector.selectNow(onReady);
            checkHeard();
        }
    }

    private void open(Load.Open open, long start, long end) throws IOException {
        double interval = open.intervalNanos();
        ending = true; // A connection is free for the next due request.
        long sent = 0;
        // Not all requests are sent to a server that cannot keep up; its throughput shows it.
        long giveUp = end + (end - start);
        while (true) {
            long now = System.nanoTime();
            long due = start + (long) (sent * interval);
            while (due - now <= 0 && due - end < 0 && !idle.isEmpty()) {
                send(idle.remove(), due);
                sent++;
                due = start + (long) (sent * interval);
            }
            if (due - end >= 0 || now - giveUp >= 0) {
                return;
            }
            if (due - now > SPIN_NANOS) {
                selector.select(onReady, 1);
            } else {
                selector.selectNow(onReady);
            }
            checkHeard();
        }
    }

    private void drain() throws IOException {
        ending = true;
        while (idle.size() < connections.size()) {
            selector.select(onReady, TICK_MILLIS);
            checkHeard();
        }
    }

    private void checkHeard() throws IOException {
        if (idle.size() == connections.size()) {
            heard = System.nanoTime();
        } else if (System.nanoTime() - heard > SILENCE_NANOS) {
            throw new IOException("the server was silent for 10 s");
        }
    }

    private void send(LoadConnection connection, long due) throws IOException {
        left--;
        connection.send(nextId, nextKey, due);
        nextId = nextId == Integer.MAX_VALUE ? 1 : nextId + 1;
        nextKey = nextKey + 1 == exchange.keys().count() ? 0 : nextKey + 1;
    }

    private void ready(SelectionKey key) {
        LoadConnection connection = (LoadConnection) key.attachment();
        try {
            if (!connection.receive()) {
                return;
            }
            long now = System.nanoTime();
            heard = now;
            if (connection.isRight(expected)) {
                answered++;
                times.recordValue(Math.min(LONGEST_NANOS, now - connection.due()));
            } else {
                wrong++;
            }
            if (ending || left == 0) {
                idle.add(connection);
            } else {
                send(connection, now);
            }
        } catch (IOException e) {
            throw new LostConnectionSignal(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (LoadConnection connection : connections) {
            connection.close();
        }
        selector.close();
    }

    /** Transports an exception out of the selector's callback. */
    private static final class LostConnectionSignal extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final IOException lost;

        LostConnectionSignal(IOException lost) {
            super(lost);
            this.lost = lost;
        }

        IOException cause() {
            return lost;
        }
    }
}
