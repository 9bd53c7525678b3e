package dev.secretproviders.admin.history;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.history.Figures.History;
import dev.secretproviders.admin.history.Figures.Span;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.spi.ProviderId;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints for the runner's own figures of the last hours. */
public final class HistoryResource implements AdminResource {
    private static final Schema SERIES = Schema.list(Schema.whole(0));
    private static final Schema HEAD = Schema.object()
            .required("interval_seconds", Schema.whole(1).unit("seconds"), "The time between two samples.")
            .required("samples", Schema.whole(0), "How many samples there are; fewer after a start.")
            .required(
                    "from",
                    Schema.time().orNull(),
                    "The beginning of the first sample; null before the first sample is complete.")
            .required("to", Schema.time().orNull(), "The end of the last sample, or null.");
    private static final Schema RUNNER = HEAD.required(
                    "decisions", series(reasons()), "Requests decided in each sample, by reason, oldest sample first.")
            .required(
                    "verdicts",
                    series("accepted", "refused", "unavailable"),
                    "Verdicts that the companion asked for in each sample.")
            .required("calls", SERIES, "Calls of secret managers in each sample.")
            .required("fetches", SERIES, "Secrets asked for in each sample.")
            .required("failures", SERIES, "Secrets that a manager could not be asked for, in each sample.")
            .required("rotations", SERIES, "Secrets that got a new version in each sample.");
    private static final Schema PROVIDER = HEAD.required("provider", Schema.text(), "manager/id.")
            .required("calls", SERIES, "Calls in each sample, oldest first.")
            .required("fetches", SERIES, "Secrets asked for in each sample.")
            .required("failures", SERIES, "Secrets that it could not be asked for, in each sample.")
            .required("rotations", SERIES, "Secrets that got a new version in each sample.")
            .required(
                    "latency_mean_us",
                    Schema.list(Schema.whole(0).unit("microseconds")),
                    "The mean time of the calls in each sample; 0 where there was none.")
            .required(
                    "latency_longest_us",
                    Schema.list(Schema.whole(0).unit("microseconds")),
                    "The longest time of a call in each sample.");

    private final Figures figures;
    private final ProvidersInScope providers;

    /** Creates the resource. */
    public HistoryResource(Figures figures, ProvidersInScope providers) {
        this.figures = figures;
        this.providers = providers;
    }

    private static String[] reasons() {
        return Arrays.stream(Reason.values()).map(HistoryResource::name).toArray(String[]::new);
    }

    private static Schema series(String... names) {
        Schema all = Schema.object();
        for (String name : names) {
            all = all.required(name, SERIES, "Counts, oldest first.");
        }
        return all;
    }

    private static String name(Reason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/history",
                                "readHistory",
                                "Shows the figures of this runner in the last hour or half day.",
                                Right.PROVIDER_READ,
                                Reach.unlimited(),
                                this::runner)
                        .with(
                                "span",
                                Schema.choice(Span.class).fallback("hour"),
                                "hour: a sample every ten seconds; half_day: a sample every minute for twelve hours.")
                        .answering(200, "Counts by sample. A restart of the runner begins a new history.", RUNNER),
                Endpoint.get(
                                "/admin/history/providers",
                                "listProviderHistories",
                                "Lists calls, failures and latency of providers in the last three hours.",
                                Right.PROVIDER_READ,
                                Reach.filtered(),
                                this::providers)
                        .with("providers", "string", "Only these providers, manager/id, separated by commas.")
                        .paged()
                        .answering(
                                200,
                                "The providers that were called, by name, with a sample for each minute.",
                                Schema.page(PROVIDER.named("ProviderHistory"))));
    }

    private Answer runner(Call call) {
        Span span = call.oneOf("span", Span.class);
        History history = figures.history(span == null ? Span.HOUR : span);
        ObjectNode node = Json.object();
        head(node, history);
        ObjectNode decisions = node.putObject("decisions");
        for (Reason reason : Reason.values()) {
            put(decisions, name(reason), history, Figures.place(reason));
        }
        ObjectNode verdicts = node.putObject("verdicts");
        put(verdicts, "accepted", history, Figures.ACCEPTED);
        put(verdicts, "refused", history, Figures.REFUSED);
        put(verdicts, "unavailable", history, Figures.UNAVAILABLE);
        put(node, "calls", history, Figures.CALLS);
        put(node, "fetches", history, Figures.FETCHES);
        put(node, "failures", history, Figures.FAILURES);
        put(node, "rotations", history, Figures.ROTATIONS);
        return Answer.ok(node);
    }

    private Answer providers(Call call) {
        String names = call.text("providers");
        Set<ProviderId> wanted = names == null
                ? null
                : Arrays.stream(names.split(",", -1))
                        .map(ProvidersInScope::named)
                        .collect(Collectors.toSet());
        List<ProviderId> shown = figures.providers().stream()
                .filter(id -> (wanted == null || wanted.contains(id)) && providers.include(call, id))
                .sorted(Comparator.comparing(ProviderId::toString))
                .toList();
        return Answer.ok(call.page(shown, this::provider));
    }

    /** Returns the history of a provider, which may have lost its figures since it was listed. */
    private ObjectNode provider(ProviderId id) {
        History known = figures.history(id);
        History history = known == null ? Figures.History.EMPTY : known;
        ObjectNode node = Json.object();
        node.put("provider", id.toString());
        head(node, history);
        put(node, "calls", history, ProviderFigures.CALLS);
        put(node, "fetches", history, ProviderFigures.FETCHES);
        put(node, "failures", history, ProviderFigures.FAILURES);
        put(node, "rotations", history, ProviderFigures.ROTATIONS);
        put(node, "latency_mean_us", history, ProviderFigures.MEAN);
        put(node, "latency_longest_us", history, ProviderFigures.LONGEST);
        return node;
    }

    private static void head(ObjectNode node, History history) {
        int samples = history.figure(0).length;
        Instant to = samples == 0 ? null : history.to();
        node.put("interval_seconds", history.interval().toSeconds());
        node.put("samples", samples);
        Json.put(node, "from", from(to, history, samples));
        Json.put(node, "to", to);
    }

    private static @Nullable Instant from(@Nullable Instant to, History history, int samples) {
        return to == null ? null : to.minus(history.interval().multipliedBy(samples));
    }

    private static void put(ObjectNode node, String name, History history, int figure) {
        ArrayNode values = node.putArray(name);
        for (int value : history.figure(figure)) {
            values.add(value);
        }
    }
}
