package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.call.AdminConnection.Reply;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Asks a running runner, which also knows the providers of its store. It never answers with a secret. */
final class RunnerResolving implements Resolving {
    private static final int PAGE = 500;
    private static final int AT_A_TIME = 8;
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Set<Integer> REFUSED = Set.of(400, 404, 422);
    private static final Set<String> USABLE = Set.of("fresh", "refreshing", "stale");

    private final AdminConnection connection;
    private final Duration patience;
    private @Nullable Map<ProviderId, ProviderPolicy> policies;

    /**
     * Creates it.
     *
     * @param patience how long to wait for the answer about one reference
     */
    RunnerResolving(AdminConnection connection, Duration patience) {
        this.connection = connection;
        this.patience = patience;
    }

    @Override
    public String name() {
        return "the runner at " + connection.place();
    }

    @Override
    public boolean asRunner() {
        return true;
    }

    @Override
    public String unlessHidden() throws CannotStartException {
        JsonNode scope = call("GET", "/admin/whoami", null).path("scope");
        boolean limited =
                !scope.path("providers").isEmpty() || !scope.path("labels").isEmpty();
        return limited ? ", or it is not in the scope of your token" : "";
    }

    @Override
    public Set<ProviderId> providers() throws CannotStartException {
        return new TreeSet<>(policies().keySet());
    }

    @Override
    public @Nullable ProviderPolicy policy(ProviderId id) throws CannotStartException {
        return policies().get(id);
    }

    /**
     * Returns the policies of all providers, as far as the Admin API shows them. Of those in the runner's configuration file it
     * shows nothing, so they are taken to allow everything.
     */
    private Map<ProviderId, ProviderPolicy> policies() throws CannotStartException {
        if (policies != null) {
            return policies;
        }
        Map<ProviderId, ProviderPolicy> all = new HashMap<>();
        int seen = 0;
        for (int page = 1; ; page++) {
            JsonNode answer = call("GET", "/admin/providers?page_size=" + PAGE + "&page=" + page, null);
            for (JsonNode listed : answer.path("list")) {
                seen++;
                List<String> key = List.of(listed.path("key").asString("").split("/", -1));
                all.put(new ProviderId(key.get(key.size() - 2), key.getLast()), policy(listed.path("value")));
            }
            if (seen >= answer.path("total").asInt() || answer.path("list").isEmpty()) {
                policies = all;
                return all;
            }
        }
    }

    private static ProviderPolicy policy(JsonNode shown) {
        ObjectNode rules = JsonMapper.shared().createObjectNode();
        if (shown.path("origin").asString("").equals("file")) {
            rules.putArray(CommonFields.INJECT.name())
                    .addObject()
                    .putArray(CommonFields.PATHS.name())
                    .add("**");
        }
        for (String field : List.of(CommonFields.ACCESS.name(), CommonFields.INJECT.name())) {
            if (shown.has(field)) {
                rules.set(field, shown.path(field));
            }
        }
        Map<String, ?> tree = JsonMapper.shared().convertValue(rules, new MapType());
        return ProviderPolicy.read(Settings.root(tree, new Problems()));
    }

    private static final class MapType extends TypeReference<Map<String, Object>> {}

    @Override
    public Map<SecretReference, Result> resolve(Set<SecretReference> references, Consumer<Result> each)
            throws CannotStartException, InterruptedException {
        Map<SecretReference, Future<Result>> asked = new LinkedHashMap<>();
        Map<SecretReference, Result> results = new LinkedHashMap<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME)) {
            references.forEach(reference -> asked.put(reference, threads.submit(() -> explain(reference))));
            try {
                for (Map.Entry<SecretReference, Future<Result>> entry : asked.entrySet()) {
                    // Those before it are answered, so its call has begun.
                    Result result = answer(entry.getValue());
                    results.put(entry.getKey(), result);
                    each.accept(result);
                }
            } catch (ExecutionException e) {
                threads.shutdownNow();
                if (e.getCause() instanceof CannotStartException cannot) {
                    throw cannot;
                }
                throw new IllegalStateException(e.getCause());
            }
        }
        return results;
    }

    private Result answer(Future<Result> asked) throws ExecutionException, InterruptedException {
        try {
            return asked.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            asked.cancel(true);
            return new Result(
                    false, false, "the runner did not answer within " + patience.toSeconds() + " s (--timeout)");
        }
    }

    private Result explain(SecretReference reference) throws CannotStartException, InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        Reply reply = ask(reference);
        // The runner itself waits for some seconds only.
        while (isPending(reply) && System.nanoTime() - end < 0) {
            Thread.sleep(PAUSE);
            reply = ask(reference);
        }
        if (REFUSED.contains(reply.status())) {
            // It is about this reference, and may quote it.
            return new Result(false, false, reply.problem());
        }
        JsonNode answer = reply.orFail().body();
        String state = answer.path("state").asString("");
        boolean usable = USABLE.contains(state);
        return new Result(
                usable,
                state.equals("negative"),
                usable ? "" : answer.path("problem").asString("no answer in time"));
    }

    private Reply ask(SecretReference reference) throws CannotStartException {
        return connection.call(
                "POST",
                "/admin/explain",
                JsonMapper.shared().createObjectNode().put("reference", reference.toString()),
                null);
    }

    /** Returns whether the manager has neither answered nor failed. */
    private static boolean isPending(Reply reply) {
        return reply.done()
                && reply.body().path("state").asString("").equals("loading")
                && reply.body().path("problem").isMissingNode();
    }

    private JsonNode call(String method, String path, @Nullable ObjectNode body) throws CannotStartException {
        Reply reply = connection.call(method, path, body, null);
        return reply.orFail().body();
    }
}
