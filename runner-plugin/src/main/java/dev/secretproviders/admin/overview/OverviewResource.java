package dev.secretproviders.admin.overview;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.finding.Finding;
import dev.secretproviders.admin.finding.Findings;
import dev.secretproviders.admin.finding.Findings.Found;
import dev.secretproviders.admin.finding.Urgency;
import dev.secretproviders.admin.history.Figures;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rotation.OverlapSummary;
import dev.secretproviders.admin.rotation.RotationLog;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.control.RunnerHeartbeats;
import dev.secretproviders.control.RunnerHeartbeats.Peer;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The endpoint that says in one answer whether everything is well. */
public final class OverviewResource implements AdminResource, AutoCloseable {
    /** The most budgets to show. */
    private static final int MOST_BUDGETS = 10;

    private final Observed observed;
    private final Conditions conditions;
    private final Findings findings;
    private final ProvidersInScope providers;
    private final InstantSource clock;

    /** What the overview is about. The caller keeps ownership of all parts. */
    public record Observed(
            Resolver resolver,
            CredentialDirectory directory,
            Figures figures,
            RotationLog rotations,
            RunnerHeartbeats runners,
            Store store) {}

    /** Creates the resource. */
    public OverviewResource(Observed observed, Findings findings, ProvidersInScope providers, InstantSource clock) {
        this.observed = observed;
        this.findings = findings;
        this.providers = providers;
        this.clock = clock;
        this.conditions =
                new Conditions(observed.resolver(), observed.directory(), observed.runners(), observed.store(), clock);
    }

    /** Begins to remember since when something is not well. */
    public void start() {
        conditions.start();
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.get(
                        "/admin/overview",
                        "readOverview",
                        "Says whether everything is well, and if not, what is wrong, since when, and what to do.",
                        Right.REFERENCE_READ,
                        Reach.filtered(),
                        this::overview)
                .answering(200, "The state of the runner, for the providers in scope.", OverviewAnswer.SCHEMA));
    }

    private Answer overview(Call call) {
        boolean everything = call.caller().scope().everything();
        Predicate<ProviderId> scope = id -> providers.include(call, id);
        Instant now = clock.instant();
        List<Found> found = findings.all().stream()
                .filter(one -> everything
                        || (!one.finding().providers().isEmpty()
                                && one.finding().providers().stream().allMatch(scope)))
                .toList();
        List<Condition> away = conditions.all().stream()
                .filter(condition -> everything || (condition.provider() != null && scope.test(condition.provider())))
                .toList();
        ObjectNode node = Json.object();
        Problems.of(found, away).addTo(node);
        Json.put(node, "at", now);
        addFindings(node, found);
        addProviders(node, call);
        addReferences(node, scope, now);
        if (everything) {
            addDecisions(node.putObject("decisions"));
            addRunners(node.putObject("runners"));
        } else {
            node.putNull("decisions");
            node.putNull("runners");
        }
        addRotations(node, scope, now);
        return Answer.ok(node);
    }

    private static void addFindings(ObjectNode node, List<Found> found) {
        Map<Urgency, Integer> counts = new EnumMap<>(Urgency.class);
        found.forEach(one -> counts.merge(one.urgency(), 1, Integer::sum));
        ObjectNode shown = node.putObject("findings");
        for (Urgency urgency : Urgency.values()) {
            shown.put(lower(urgency), counts.getOrDefault(urgency, 0));
        }
        Map<Finding.Kind, Integer> kinds = new EnumMap<>(Finding.Kind.class);
        found.forEach(one -> kinds.merge(one.finding().kind(), 1, Integer::sum));
        ObjectNode byKind = shown.putObject("by_kind");
        kinds.forEach((kind, count) -> byKind.put(lower(kind), count));
    }

    private void addProviders(ObjectNode node, Call call) {
        Map<ProviderId, ProviderStatus> statuses = observed.resolver().statuses();
        statuses.keySet().removeIf(id -> !providers.include(call, id));
        Map<String, Integer> states = new TreeMap<>();
        statuses.values().forEach(status -> states.merge(lower(status.state()), 1, Integer::sum));
        ObjectNode shown = node.putObject("providers");
        shown.put("total", statuses.size());
        ObjectNode byState = shown.putObject("by_state");
        for (ProviderStatus.State state : ProviderStatus.State.values()) {
            byState.put(lower(state), states.getOrDefault(lower(state), 0));
        }
        ArrayNode budgets = node.putArray("budgets");
        statuses.entrySet().stream()
                .filter(entry -> entry.getValue().budget().perMinute() > 0)
                .sorted(Comparator.comparingDouble((Map.Entry<ProviderId, ProviderStatus> entry) ->
                                -used(entry.getValue().budget()))
                        .thenComparing(entry -> entry.getKey().toString()))
                .limit(MOST_BUDGETS)
                .forEach(entry -> {
                    ProviderStatus.Budget budget = entry.getValue().budget();
                    ObjectNode one = budgets.addObject();
                    one.put("provider", entry.getKey().toString());
                    one.put("per_minute", budget.perMinute());
                    one.put("last_minute", budget.lastMinute());
                    one.put("sufficient", budget.sufficient());
                });
    }

    private static double used(ProviderStatus.Budget budget) {
        return (double) budget.lastMinute() / budget.perMinute();
    }

    private void addReferences(ObjectNode node, Predicate<ProviderId> scope, Instant now) {
        OldestSecrets oldest = new OldestSecrets();
        int total = 0;
        Map<ResolutionState, Integer> counts = new EnumMap<>(ResolutionState.class);
        for (Resolution resolution : observed.resolver().resolutions()) {
            if (scope.test(resolution.reference().provider())) {
                total++;
                oldest.add(resolution);
                counts.merge(resolution.state(), 1, Integer::sum);
            }
        }
        ObjectNode shown = node.putObject("references");
        shown.put("total", total);
        ObjectNode byState = shown.putObject("by_state");
        for (ResolutionState state : ResolutionState.values()) {
            byState.put(lower(state), counts.getOrDefault(state, 0));
        }
        oldest.addTo(node.putArray("oldest_secrets"), now);
    }

    private void addDecisions(ObjectNode node) {
        Map<Reason, Long> counts = observed.figures().lastMinute();
        for (Reason reason : Reason.values()) {
            node.put(lower(reason), counts.getOrDefault(reason, 0L));
        }
    }

    private void addRunners(ObjectNode node) {
        List<Peer> peers = observed.runners().all();
        long silent = peers.stream().filter(Peer::silent).count();
        long behind = peers.stream()
                .filter(peer -> !peer.silent() && peer.heartbeat().behindSeconds() > 0)
                .count();
        node.put("total", peers.size());
        node.put("up", peers.size() - silent - behind);
        node.put("behind", behind);
        node.put("silent", silent);
        ArrayNode versions = node.putArray("versions");
        peers.stream()
                .map(peer -> peer.heartbeat().runner().version())
                .distinct()
                .sorted()
                .forEach(versions::add);
    }

    private void addRotations(ObjectNode node, Predicate<ProviderId> scope, Instant now) {
        node.putObject("rotations").put("last_day", observed.rotations().since(now.minus(Duration.ofDays(1)), scope));
        OverlapSummary overlaps =
                OverlapSummary.of(observed.rotations(), observed.resolver(), observed.directory(), scope, now);
        ObjectNode shown = node.putObject("previous_versions");
        shown.put("overlaps", overlaps.secrets());
        Json.put(shown, "next_end", overlaps.nextEnd());
        shown.put("previous", overlaps.previous());
        shown.put("both", overlaps.both());
        shown.put("silent", overlaps.silent());
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
        conditions.close();
    }
}
