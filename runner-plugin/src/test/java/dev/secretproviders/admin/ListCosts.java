package dev.secretproviders.admin;

import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.audit.Actor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Measures what one page of each list costs: 10,000 references of 10,000 consumers to 1,000 providers, 200 guarded routes. Prints the
 * CPU time of the calling thread in milliseconds, from the call of the endpoint to the bytes of the answer.
 */
public final class ListCosts {
    private static final int PROVIDERS = 1_000;
    private static final int REFERENCES = 10_000;
    private static final int ROUTES = 200;
    private static final int WARM_UP = 40;
    private static final int MEASURED = 60;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private static final List<String> CALLS = List.of(
            "/admin/providers?page_size=50",
            "/admin/providers?page_size=50&search=p77",
            "/admin/providers?page_size=50&sort=-references",
            "/admin/providers?page_size=50&state=up&sort=-last_success",
            "/admin/references?page_size=50",
            "/admin/references?page_size=50&page=100",
            "/admin/references?page_size=50&search=c77",
            "/admin/references?page_size=50&state=negative",
            "/admin/references?page_size=50&sort=path",
            "/admin/references?page_size=50&sort=-age",
            "/admin/references?page_size=50&sort=next_refresh",
            "/admin/consumers?page_size=50",
            "/admin/consumers?page_size=50&search=c77",
            "/admin/consumers?page_size=50&unresolved=true",
            "/admin/consumers?page_size=50&sort=-last_used_at",
            "/admin/findings?page_size=50",
            "/admin/findings?page_size=50&urgency=critical",
            "/admin/unused",
            "/admin/tokens?page_size=50&sort=name",
            "/admin/graph",
            "/admin/graph?from=consumer/c77&depth=5",
            "/admin/graph?from=route/r7&depth=5");

    private ListCosts() {}

    /** Prints the table. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory("list-costs");
        Map<String, Map<String, String>> sections = new HashMap<>();
        for (int i = 0; i < PROVIDERS; i++) {
            StringBuilder script = new StringBuilder("secrets:\n");
            for (int j = 0; j < REFERENCES / PROVIDERS; j++) {
                // Every hundredth secret is missing.
                if ((i * 10 + j) % 100 != 0) {
                    script.append("  - {name: s")
                            .append(j)
                            .append(", versions: [{id: '1', value: a-key-of-consumer-")
                            .append(i)
                            .append('-')
                            .append(j)
                            .append("}]}\n");
                }
            }
            Path file = Files.writeString(directory.resolve("p" + i + ".yaml"), script);
            sections.put("p" + i, Map.of("script", file.toString()));
        }
        try (AdminFixture admin = new AdminFixture(directory, Map.of("fake", sections))) {
            admin.gateway(gateway());
            await().atMost(Duration.ofMinutes(5)).until(admin.resolver::everythingWasTried);
            for (String call : CALLS) {
                measure(admin.api.endpoints(), call);
            }
        }
        System.exit(0);
    }

    private static String gateway() {
        StringBuilder yaml = new StringBuilder("consumers:\n");
        for (int i = 0; i < REFERENCES; i++) {
            yaml.append("  - {username: c")
                    .append(i)
                    .append(", plugins: {key-auth: {key: \"$secret://fake/p")
                    .append(i / 10)
                    .append("/s")
                    .append(i % 10)
                    .append("\"}}}\n");
        }
        yaml.append("routes:\n");
        for (int i = 0; i < ROUTES; i++) {
            yaml.append("  - {id: r")
                    .append(i)
                    .append(", uri: /r")
                    .append(i)
                    .append(", plugins: {ext-plugin-pre-req: {conf: [{name: secret-key-auth, value: '{}'}]}}}\n");
        }
        return yaml.toString();
    }

    private static void measure(List<Endpoint> endpoints, String path) throws Exception {
        String[] parts = path.split("\\?", 2);
        Map<String, String> query = new HashMap<>();
        for (String pair : parts.length < 2 ? new String[0] : parts[1].split("&", -1)) {
            int equals = pair.indexOf('=');
            query.put(pair.substring(0, equals), URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        Endpoint endpoint = endpoints.stream()
                .filter(one -> one.method().equals("GET") && one.path().equals(parts[0]))
                .findFirst()
                .orElseThrow();
        Call call = new Call(
                new Caller(new Actor("id", "name", "api", null), Set.of(Role.ADMIN), Scope.ALL),
                "request",
                Map.of(),
                query,
                null,
                Call.Conditions.NONE);
        double[] costs = new double[MEASURED];
        int bytes = 0;
        for (int i = -WARM_UP; i < MEASURED; i++) {
            long before = THREADS.getCurrentThreadCpuTime();
            Answer answer = endpoint.handler().answer(call);
            bytes = Json.MAPPER.writeValueAsBytes(answer.body()).length;
            if (i >= 0) {
                costs[i] = (THREADS.getCurrentThreadCpuTime() - before) / 1e6;
            }
        }
        Arrays.sort(costs);
        System.out.printf(
                "%-60s p50 %6.1f ms  p95 %6.1f ms  %7d bytes%n",
                path, costs[MEASURED / 2], costs[MEASURED * 95 / 100], bytes);
    }
}
