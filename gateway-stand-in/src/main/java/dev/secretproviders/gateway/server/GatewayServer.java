package dev.secretproviders.gateway.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.StatusPage;
import dev.secretproviders.gateway.UpstreamRequest;
import dev.secretproviders.gateway.UpstreamResponse;
import dev.secretproviders.gateway.Worker;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway: takes HTTP requests, asks the runner as the route says, calls the upstream. Workers take
 * turns. Thread-safe.
 */
public final class GatewayServer implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayServer.class);
    private static final int LOWEST_VALID_STATUS = 100;
    private static final String DEFAULT_TYPE = "text/plain; charset=utf-8";
    private static final Set<String> REFUSED_BY_NGINX = Set.of("TRACE", "CONNECT");
    private static final Set<String> SET_BY_GATEWAY =
            Set.of("x-forwarded-proto", "x-forwarded-host", "x-forwarded-port");

    private final HttpServer server;
    private final ExecutorService threads;
    private final RunnerClient client;
    private final RunnerClient.Options options;
    private final List<Route> routes;
    private final UpstreamClient upstream = new UpstreamClient();
    private final AtomicInteger turn = new AtomicInteger();

    private GatewayServer(InetSocketAddress listen, Path socket, RunnerClient.Options options, List<Route> routes)
            throws IOException {
        this.options = options;
        this.client = RunnerClient.open(socket, options);
        this.routes = routes.stream()
                .sorted(Comparator.comparingInt((Route route) -> route.uri().length())
                        .reversed())
                .toList();
        this.threads = Executors.newVirtualThreadPerTaskExecutor();
        this.server = HttpServer.create(listen, 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    /**
     * Starts the gateway.
     *
     * @param listen address and port; port 0 selects a free one
     * @param socket the runner's; need not exist yet
     * @param routes the longest {@code uri} that matches wins
     */
    public static GatewayServer start(
            InetSocketAddress listen, Path socket, RunnerClient.Options options, List<Route> routes)
            throws IOException {
        GatewayServer gateway = new GatewayServer(listen, socket, options, routes);
        gateway.server.start();
        return gateway;
    }

    /** Returns the address of the gateway. */
    public URI uri() {
        return Exchanges.uri(server);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        client.close();
        upstream.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Exchanges.answer(exchange, answer(exchange));
        } catch (InterruptedException _) {
            // The gateway stops, or the request hung as it would in APISIX: the client sees the connection close.
            Thread.currentThread().interrupt();
        }
    }

    private UpstreamResponse answer(HttpExchange exchange) throws IOException, InterruptedException {
        if (REFUSED_BY_NGINX.contains(exchange.getRequestMethod())) {
            return page(405);
        }
        GatewayRequest request;
        try {
            request = request(exchange);
        } catch (IllegalArgumentException _) {
            return page(400);
        }
        Optional<Route> match =
                routes.stream().filter(route -> route.matches(request.path())).findFirst();
        if (match.isEmpty()) {
            return new UpstreamResponse(404, List.of(), Body.of("{\"error_msg\":\"404 Route Not Found\"}\n"));
        }
        return answer(request.variable("route_id", match.get().id()), match.get());
    }

    private UpstreamResponse answer(GatewayRequest request, Route route) throws IOException, InterruptedException {
        Worker worker = client.worker(Math.floorMod(turn.getAndIncrement(), options.workers()));
        RouteConf preReq = route.preReq();
        Outcome outcome = preReq == null ? Outcome.Continue.unchanged(request) : worker.call(request, preReq);
        return switch (outcome) {
            case Outcome.Stop stop -> stopped(stop);
            case Outcome.Failed failed -> failed(route, failed);
            case Outcome.Continue goingOn -> {
                if (goingOn.degraded()) {
                    LOG.warn("route {}: Plugin Runner is wrong, allow degradation", route.id());
                }
                yield proxied(worker, request, route, goingOn);
            }
        };
    }

    private UpstreamResponse proxied(Worker worker, GatewayRequest request, Route route, Outcome.Continue goingOn)
            throws InterruptedException {
        UpstreamResponse response;
        try {
            response = upstream.send(route.upstream(), withProxyHeaders(request, goingOn.upstream()));
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("route {}: the upstream failed: {}", route.id(), e.toString());
            return page(502);
        }
        RouteConf postResp = route.postResp();
        if (postResp != null) {
            return switch (worker.callResponse(request, response, postResp)) {
                case Outcome.Stop stop -> stopped(stop);
                case Outcome.Failed failed -> failed(route, failed);
                case Outcome.Continue _ -> throw new IllegalStateException("a response does not go on");
            };
        }
        List<Entry> headers = new ArrayList<>(goingOn.responseHeaders());
        headers.addAll(response.headers());
        return new UpstreamResponse(response.status(), headers, response.body());
    }

    private UpstreamResponse stopped(Outcome.Stop stop) throws InterruptedException {
        if (stop.status() < LOWEST_VALID_STATUS) {
            // nginx rejects such a status too late to answer, and the request hangs until the client gives up.
            Thread.sleep(options.timeout());
            throw new InterruptedException("invalid HTTP status code");
        }
        List<Entry> headers = new ArrayList<>(stop.headers());
        if (!stop.body().isEmpty() && stop.header("content-type").isEmpty()) {
            headers.add(Entry.of("content-type", DEFAULT_TYPE));
        }
        return new UpstreamResponse(stop.status(), headers, stop.body());
    }

    private static UpstreamResponse failed(Route route, Outcome.Failed failed) {
        LOG.error("route {}: {}", route.id(), failed.reason());
        return page(failed.status());
    }

    private static UpstreamResponse page(int status) {
        return new UpstreamResponse(
                status, List.of(Entry.of("content-type", StatusPage.CONTENT_TYPE)), StatusPage.of(status));
    }

    private GatewayRequest request(HttpExchange exchange) throws IOException {
        List<Entry> headers = new ArrayList<>();
        for (Map.Entry<String, List<String>> header :
                exchange.getRequestHeaders().entrySet()) {
            if (!SET_BY_GATEWAY.contains(header.getKey().toLowerCase(Locale.ROOT))) {
                for (String value : header.getValue()) {
                    headers.add(Entry.of(header.getKey(), utf8(value)));
                }
            }
        }
        String port = Integer.toString(server.getAddress().getPort());
        headers.add(Entry.of("X-Forwarded-Proto", "http"));
        headers.add(Entry.of("X-Forwarded-Host", Entry.first(headers, "host").orElse("")));
        headers.add(Entry.of("X-Forwarded-Port", port));
        return GatewayRequest.of(
                        exchange.getRequestMethod(), exchange.getRequestURI().toString())
                .withHeaders(headers)
                .body(Body.of(exchange.getRequestBody().readAllBytes()))
                .from(exchange.getRemoteAddress().getAddress())
                .variable("server_port", port)
                .variable("request_id", UUID.randomUUID().toString().replace("-", ""));
    }

    /** Returns the headers with those that nginx adds for the upstream, after all plugins. */
    private static UpstreamRequest withProxyHeaders(GatewayRequest client, UpstreamRequest request) {
        String address = client.clientAddress().getHostAddress();
        List<Entry> headers = new ArrayList<>(request.headers());
        headers.removeIf(header -> header.isNamed("x-real-ip") || header.isNamed("x-forwarded-for"));
        headers.add(Entry.of("X-Real-IP", address));
        List<String> chain = new ArrayList<>(request.headers("x-forwarded-for"));
        chain.add(address);
        headers.add(Entry.of("X-Forwarded-For", String.join(", ", chain)));
        return new UpstreamRequest(request.method(), request.target(), headers, request.body());
    }

    /** Restores header bytes, which the JDK's server reads as ISO 8859-1 and nginx passes unchanged. */
    private static String utf8(String value) {
        return new String(value.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
