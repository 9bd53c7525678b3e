package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.BrowserRequest;
import dev.secretproviders.benchmarks.load.Exchange;
import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.load.Texts;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.RouteConf;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * The requests to a subject for a workload.
 *
 * @param route the route's configuration
 * @param request makes the request that carries a text
 * @param texts the texts, of one length
 * @param names the name of each text's consumer
 * @param expected the right answer
 */
record Dialogue(
        RouteConf route, Function<String, GatewayRequest> request, Texts texts, Texts names, Expected expected) {

    /** Returns requests that carry keys, if any. */
    static Dialogue ofKeys(RouteConf route, Workload workload, Credentials credentials, Expected expected) {
        return new Dialogue(
                route,
                workload == Workload.MISSING ? _ -> BrowserRequest.withoutKey() : BrowserRequest::withKey,
                workload == Workload.REJECTED ? credentials.strangers() : credentials.sentKeys(),
                credentials.sentNames(),
                expected);
    }

    /** Asks once and returns the bytes of further requests and answers. */
    Exchange ask(Path socket) throws IOException {
        return ask(socket, texts, names, expected);
    }

    /** Asks once with other texts, to which this answer is right. */
    Exchange ask(Path socket, Texts otherTexts, Texts otherNames, Expected right) throws IOException {
        return Exchange.ask(socket, route, request, otherTexts, otherNames, right);
    }
}
