package dev.secretproviders.admin.rotation;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Orders;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.admin.rest.Search;
import dev.secretproviders.admin.rotation.Overlaps.Row;
import dev.secretproviders.admin.rotation.Overlaps.Running;
import dev.secretproviders.admin.rotation.Rotation.Known;
import dev.secretproviders.admin.rotation.Rotation.Place;
import dev.secretproviders.admin.rotation.VersionUsers.Moved;
import dev.secretproviders.admin.rotation.VersionUsers.User;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.usage.PreviousUses;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints that list rotations with their overlaps, and that end an overlap. */
public final class RotationResource implements AdminResource {
    /** The most credentials to show for each overlap. The counts include the others. */
    private static final int MOST_USERS = 100;

    private static final Schema VERSION = Schema.text().orNull();
    private static final Schema USER = Schema.object()
            .required("consumer", Schema.text(), "The name of the consumer.")
            .required("credential", Schema.text().orNull(), "The id of the credential; null for an inline key.")
            .required(
                    "uses",
                    Schema.choice(Moved.class),
                    "previous: its last use was with the old version; both: it used both; silent: it was not used"
                            + " since; moved: it used only the new version.")
            .required("last_used_at", Schema.time().orNull(), "Its last use with any version on this runner.")
            .required(
                    "previous_last_used_at",
                    Schema.time().orNull(),
                    "Its last use with a previous version on this runner.")
            .required(
                    "previous_version_uses",
                    Schema.whole(0),
                    "How often it used previous versions since the start of this runner.");
    private static final Schema OVERLAP = Schema.object()
            .required("ends_at", Schema.time(), "When the old version is refused.")
            .required("seconds_left", Schema.whole(0).unit("seconds"), "How long it is still accepted.")
            .required(
                    "can_end",
                    Schema.flag(),
                    "Whether POST /admin/rotations/end can end it; false if the manager names no versions.")
            .required(
                    "uses",
                    Schema.object()
                            .required("previous", Schema.whole(0), "Credentials that use the old version.")
                            .required("both", Schema.whole(0), "Credentials that use both versions.")
                            .required("silent", Schema.whole(0), "Credentials that were not used since.")
                            .required("moved", Schema.whole(0), "Credentials that use only the new version."),
                    "How many credentials use which version, as this runner saw it.")
            .required(
                    "users", Schema.list(USER), "The credentials, those that use the old version first; at most 100.");
    private static final Schema ROTATION = Schema.object()
            .required("provider", Schema.text(), "manager/id.")
            .required("path", Schema.text(), "The secret, as GET /admin/references and explain name it.")
            .required("from", VERSION, "The old version; null if the manager names none.")
            .required("to", VERSION, "The new version; null if the manager names none.")
            .required("at", Schema.time(), "When a runner found the new version.")
            .required(
                    "known",
                    Schema.choice(Known.class),
                    "seen: by this runner; audit_log: from the audit log; overlap: only from its running overlap, so"
                            + " that the time is an estimate.")
            .required(
                    "overlap", OVERLAP.orNull(), "The overlap, which still runs; null if the old version is refused.");

    private static final Orders<Row> ORDERS = Orders.<Row>of()
            .by("at", row -> row.rotation().at())
            .by("provider", row -> row.rotation().secret().provider().toString())
            .by("path", row -> row.rotation().secret().path());

    private final RotationLog log;
    private final Overlaps overlaps;
    private final VersionUsers users;
    private final OverlapEnd end;
    private final ProvidersInScope providers;
    private final InstantSource clock;
    private final Resolver resolver;

    /**
     * What the resource shows.
     *
     * @param log the rotations
     * @param directory the credentials and their uses
     */
    public record Shown(RotationLog log, Resolver resolver, CredentialDirectory directory) {}

    /** Creates the resource. */
    public RotationResource(Shown shown, OverlapEnd end, ProvidersInScope providers, InstantSource clock) {
        this.log = shown.log();
        this.resolver = shown.resolver();
        this.overlaps = new Overlaps(shown.resolver());
        this.users = new VersionUsers(shown.directory(), shown.resolver());
        this.end = end;
        this.providers = providers;
        this.clock = clock;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/rotations",
                                "listRotations",
                                "Lists rotations, how long their overlaps still run, and who uses the old version.",
                                Right.REFERENCE_READ,
                                Reach.filtered(),
                                this::list)
                        .with("provider", ProvidersInScope.NAME, "Only secrets of this provider, manager/id.")
                        .with("path", "string", "Only the secret of this path.")
                        .with("running", "boolean", "Only rotations whose overlap still runs.")
                        .searched("provider or path")
                        .sorted(ORDERS)
                        .paged()
                        .answering(
                                200,
                                "The rotations, latest first.",
                                Schema.page(ROTATION.named("Rotation"))
                                        .required(
                                                "complete",
                                                Schema.flag(),
                                                "Whether earlier rotations were read from the audit log, which is done"
                                                        + " once after the start.")),
                Endpoint.post(
                                "/admin/rotations/end",
                                "endOverlap",
                                "Ends an overlap now: denies the previous versions of a secret on every runner.",
                                Right.REVOKE,
                                Reach.providerOfBody(),
                                end::end)
                        .taking(OverlapEnd.BODY)
                        .answering(200, "The versions that are denied from now on.", OverlapEnd.ENDED)
                        .answering(
                                409,
                                "No overlap of the secret runs here, its versions have no names, or the reference may"
                                        + " mean several secrets."));
    }

    private Answer list(Call call) {
        ProviderId provider = call.text("provider") == null ? null : ProvidersInScope.named(call.text("provider"));
        String path = call.text("path");
        boolean runningOnly = call.flag("running");
        Search search = call.search();
        Map<Place, Running> running = overlaps.running();
        List<Row> rows = overlaps.rows(log.all(), running).stream()
                .filter(row -> providers.include(call, row.rotation().secret().provider())
                        && (provider == null
                                || row.rotation().secret().provider().equals(provider))
                        && (path == null || row.rotation().secret().path().equals(path))
                        && (!runningOnly || row.version() != null)
                        && search.matches(
                                row.rotation().secret().provider().toString(),
                                row.rotation().secret().path()))
                .sorted(Comparator.comparing((Row row) -> row.rotation().at()).reversed())
                .toList();
        Set<Place> overlapping = new HashSet<>();
        ObjectNode answer = ORDERS.page(call, rows, row -> {
            if (row.version() != null) {
                overlapping.add(row.rotation().secret());
            }
            return shown(row, running);
        });
        Map<Place, List<User>> all = users.of(overlapping);
        answer.path("list").forEach(node -> addUsers((ObjectNode) node, all));
        answer.put("complete", log.complete());
        return Answer.ok(answer);
    }

    private ObjectNode shown(Row row, Map<Place, Running> running) {
        Rotation rotation = row.rotation();
        ObjectNode node = Json.object();
        node.put("provider", rotation.secret().provider().toString());
        node.put("path", rotation.secret().path());
        node.put("from", rotation.fromName());
        node.put("to", rotation.toName());
        Json.put(node, "at", rotation.at());
        node.put("known", lower(rotation.known()));
        HeldVersion version = row.version();
        Running overlap = running.get(rotation.secret());
        if (version == null || overlap == null) {
            node.putNull("overlap");
            return node;
        }
        ObjectNode shown = node.putObject("overlap");
        Duration left = Duration.ofNanos(version.usableFor(resolver.ticker().read()));
        Json.put(shown, "ends_at", clock.instant().plus(left).truncatedTo(ChronoUnit.SECONDS));
        shown.put("seconds_left", left.toSeconds());
        shown.put("can_end", OverlapEnd.canEnd(overlap.current(), overlap.previous()));
        return node;
    }

    private static void addUsers(ObjectNode node, Map<Place, List<User>> all) {
        if (!(node.get("overlap") instanceof ObjectNode overlap)) {
            return;
        }
        Place place = new Place(
                ProvidersInScope.named(node.path("provider").asString()),
                node.path("path").asString());
        Instant rotated = Instant.parse(node.path("at").asString());
        List<User> using = all.getOrDefault(place, List.of());
        Map<Moved, Integer> counts = new EnumMap<>(Moved.class);
        using.forEach(user -> counts.merge(user.moved(rotated), 1, Integer::sum));
        ObjectNode uses = overlap.putObject("uses");
        for (Moved moved : Moved.values()) {
            uses.put(lower(moved), counts.getOrDefault(moved, 0));
        }
        ArrayNode list = overlap.putArray("users");
        using.stream()
                .sorted(Comparator.comparing(user -> user.moved(rotated)))
                .limit(MOST_USERS)
                .forEach(user -> list.add(shown(user, rotated)));
    }

    private static ObjectNode shown(User user, Instant rotated) {
        PreviousUses previous = user.previous();
        ObjectNode node = Json.object();
        node.put("consumer", user.name().username());
        node.put("credential", user.name().id());
        node.put("uses", lower(user.moved(rotated)));
        Json.put(node, "last_used_at", user.lastUsed());
        Json.put(node, "previous_last_used_at", previous == null ? null : previous.last());
        node.put("previous_version_uses", previous == null ? 0 : previous.count());
        return node;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
