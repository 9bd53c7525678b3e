package dev.secretproviders.benchmarks.restart;

import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.peers.NginxConnection.NoAnswerException;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A way on which requests with good keys reach the runner. Thread-safe. */
interface Way {
    /** Sends a request. Returns whether it was accepted. */
    boolean accepted(int number) throws IOException;

    /** Returns the way of the filter, by a client with the rules of APISIX. */
    static Way filter(RunnerClient gateway, int keys) {
        RouteConf route = RouteConf.of("restart", "secret-key-auth", "{}");
        return number -> gateway.call(GatewayRequest.get("/").header("apikey", Credentials.key(number % keys)), route)
                instanceof Outcome.Continue;
    }

    /**
     * Returns the way of the companion.
     *
     * @param first the first key; a key is sent again after {@code keys} requests
     */
    static Way companion(Nginx nginx, int first, int keys) {
        Queue<NginxConnection> idle = new ConcurrentLinkedQueue<>();
        return number -> {
            String key = Credentials.key(first + number % keys);
            NginxConnection pooled = idle.poll();
            if (pooled != null) {
                try {
                    return accepted(pooled, key, idle);
                } catch (NoAnswerException e) {
                    // A worker that ends closes the connections that wait. Clients use another one then.
                    pooled.close();
                }
            }
            return accepted(nginx.connect(), key, idle);
        };
    }

    private static boolean accepted(NginxConnection connection, String key, Queue<NginxConnection> idle)
            throws IOException {
        boolean accepted = connection.get("/bench/companion", key).status() == 200;
        idle.add(connection);
        return accepted;
    }
}
