package dev.secretproviders.gateway;

import java.io.Closeable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Calls a runner as APISIX 3.18 does. One instance is one gateway.
 *
 * <p>Each worker keeps up to 32 idle connections; PrepareConf uses a second connection, under one lock for all routes
 * and workers; tokens are shared. The id of an answer is ignored. Calls block and may come from any number of threads,
 * including virtual ones. {@link #close} closes idle connections; those in use close when their call ends.
 */
public final class RunnerClient implements Closeable {
    private final Tokens tokens;
    private final List<Worker> workers;

    private RunnerClient(Path socket, Options options) {
        this.tokens = new Tokens(options);
        this.workers = IntStream.range(0, options.workers())
                .mapToObj(index -> new Worker(index, socket, options, tokens))
                .toList();
    }

    /** Returns a gateway with one worker and APISIX's constants. The socket need not exist yet: each call connects. */
    public static RunnerClient open(Path socket) {
        return open(socket, Options.DEFAULT);
    }

    /** Returns a gateway with other constants. */
    public static RunnerClient open(Path socket, Options options) {
        return new RunnerClient(socket, options);
    }

    /** Asks about a request from the first worker. See {@link Worker#call}. */
    public Outcome call(GatewayRequest request, RouteConf route) {
        return worker(0).call(request, route);
    }

    /** Asks about an upstream's response from the first worker. See {@link Worker#callResponse}. */
    public Outcome callResponse(GatewayRequest request, UpstreamResponse response, RouteConf route) {
        return worker(0).callResponse(request, response, route);
    }

    /** Returns a worker, counted from 0. */
    public Worker worker(int index) {
        return workers.get(index);
    }

    /** Forgets all tokens, as APISIX does when a runner that it started exits. */
    public void runnerExited() {
        tokens.flush();
        workers.forEach(Worker::forgetTokens);
    }

    @Override
    public void close() {
        workers.forEach(Worker::close);
    }

    /**
     * Constants of APISIX that no setting changes; only tests change them.
     *
     * @param workers nginx worker processes
     * @param poolSize idle connections of a worker
     * @param keepAlive how long a connection may be idle
     * @param timeout of each read and each write. There is none for connecting: a Unix socket answers at once
     * @param lockWait how long a request waits while another one prepares
     * @param tokenTtl how long workers share a token
     * @param workerTokenTtl how long a worker uses a token that it remembers
     * @param ticker clock in nanoseconds, for everything that expires
     */
    public record Options(
            int workers,
            int poolSize,
            Duration keepAlive,
            Duration timeout,
            Duration lockWait,
            Duration tokenTtl,
            Duration workerTokenTtl,
            LongSupplier ticker) {
        /** Returns the constants of APISIX 3.18, with one worker. */
        public static final Options DEFAULT = new Options(
                1,
                32,
                Duration.ofSeconds(180),
                Duration.ofSeconds(60),
                Duration.ofSeconds(5),
                Duration.ofSeconds(3240),
                Duration.ofSeconds(3600),
                System::nanoTime);

        /** Returns a copy with this many workers. */
        public Options withWorkers(int newWorkers) {
            return new Options(newWorkers, poolSize, keepAlive, timeout, lockWait, tokenTtl, workerTokenTtl, ticker);
        }

        /** Returns a copy with this timeout of each read and each write. */
        public Options withTimeout(Duration newTimeout) {
            return new Options(workers, poolSize, keepAlive, newTimeout, lockWait, tokenTtl, workerTokenTtl, ticker);
        }

        /** Returns a copy with this wait for the lock around PrepareConf. */
        public Options withLockWait(Duration newLockWait) {
            return new Options(workers, poolSize, keepAlive, timeout, newLockWait, tokenTtl, workerTokenTtl, ticker);
        }

        /** Returns a copy with this clock in nanoseconds for idle connections and tokens. */
        public Options withTicker(LongSupplier newTicker) {
            return new Options(workers, poolSize, keepAlive, timeout, lockWait, tokenTtl, workerTokenTtl, newTicker);
        }
    }
}
