package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Exchange;
import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.load.Texts;
import dev.secretproviders.gateway.RouteConf;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The requests to a subject for a workload.
 *
 * @param route the route's configuration
 * @param expected the right answer
 */
record Dialogue(RouteConf route, Expected expected) {

    /** Asks once and returns the bytes of further requests and answers. */
    Exchange ask(Path socket, Workload workload, Credentials credentials) throws IOException {
        Texts keys = workload == Workload.REJECTED ? credentials.strangers() : credentials.sentKeys();
        return Exchange.ask(socket, route, workload::request, keys, credentials.sentNames(), expected);
    }
}
