package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.finding.Finding.Kind;
import dev.secretproviders.admin.finding.Findings.Found;
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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/** The endpoint that lists findings. */
public final class FindingsResource implements AdminResource {
    private static final Schema FINDING = Schema.object()
            .required("kind", Schema.choice(Kind.class), "The kind of the finding; names are stable.")
            .required(
                    "urgency",
                    Schema.choice(Urgency.class),
                    "critical: requests are refused now, or may pass without authentication. warning: requests may be refused"
                            + " soon, or a key is at risk. notice: nothing is broken.")
            .required("since", Schema.time(), "When this runner first saw it; it was there ever since.")
            .required(
                    "subjects",
                    Schema.list(Schema.text()),
                    "What it is about, such as consumers/jack, providers/vault/prod or a reference.")
            .required("message", Schema.text(), "What is wrong.")
            .required("remedy", Schema.text(), "What to do about it, in one or two sentences.")
            .optional(
                    "open",
                    Schema.object()
                            .required(
                                    "type",
                                    Schema.choice("provider", "reference", "consumer", "certificate"),
                                    "What kind of object it is.")
                            .required(
                                    "id", Schema.text(), "Its id: manager/id, the reference, the username, or the id."),
                    "The object in which to mend it, if this API shows that object.")
            .named("Finding");
    private static final Schema PAGE = Schema.page(FINDING)
            .required(
                    "by_urgency",
                    Schema.map(Schema.whole(0)),
                    "How many there are of each urgency, whatever urgency the query names.");
    private static final Orders<Found> ORDERS = Orders.<Found>of()
            .by("urgency", Found::urgency)
            .by("kind", found -> found.finding().kind().text())
            .by("since", Found::since);

    private final Findings findings;
    private final ProvidersInScope providers;

    /** Creates the resource. */
    public FindingsResource(Findings findings, ProvidersInScope providers) {
        this.findings = findings;
        this.providers = providers;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.get(
                        "/admin/findings",
                        "listFindings",
                        "Lists missing and soon stale secrets, shared, short and old keys, and configuration problems.",
                        Right.REFERENCE_READ,
                        Reach.filtered(),
                        this::list)
                .with("kind", Schema.choice(Kind.class), "Only findings of this kind.")
                .with("urgency", Schema.choice(Urgency.class), "Only findings of this urgency.")
                .searched("subjects or message")
                .sorted(ORDERS)
                .paged()
                .answering(200, "The findings, the most urgent first.", PAGE));
    }

    private Answer list(Call call) {
        Kind kind = call.oneOf("kind", Kind.class);
        Urgency urgency = call.oneOf("urgency", Urgency.class);
        Search search = call.search();
        List<Found> found = findings.all().stream()
                .filter(one -> visible(call, one.finding())
                        && (kind == null || one.finding().kind() == kind)
                        && (!search.given() || matches(search, one.finding())))
                .toList();
        ObjectNode answer = ORDERS.page(
                call,
                found.stream()
                        .filter(one -> urgency == null || one.urgency() == urgency)
                        .toList(),
                FindingsResource::shown);
        Map<String, Integer> counts = new TreeMap<>();
        for (Urgency one : Urgency.values()) {
            counts.put(text(one), 0);
        }
        found.forEach(one -> counts.merge(text(one.urgency()), 1, Integer::sum));
        counts.forEach(answer.putObject("by_urgency")::put);
        return Answer.ok(answer);
    }

    private static boolean matches(Search search, Finding finding) {
        return search.matches(finding.message())
                || search.matches(finding.subjects().toArray(String[]::new));
    }

    /** Returns whether the caller sees a finding. A limited caller sees it if its providers are all in scope. */
    private boolean visible(Call call, Finding finding) {
        return call.caller().scope().everything()
                || (!finding.providers().isEmpty()
                        && finding.providers().stream().allMatch(id -> providers.include(call, id)));
    }

    private static ObjectNode shown(Found found) {
        Finding finding = found.finding();
        ObjectNode node = Json.object();
        node.put("kind", finding.kind().text());
        node.put("urgency", text(found.urgency()));
        Json.put(node, "since", found.since());
        finding.subjects().forEach(subject -> node.withArray("subjects").add(subject));
        node.put("message", finding.message());
        node.put("remedy", finding.kind().remedy());
        for (String subject : finding.subjects()) {
            if (!node.has("open")) {
                open(node, subject);
            }
        }
        return node;
    }

    private static void open(ObjectNode node, String subject) {
        String[] parts = subject.split("/", 3);
        if (subject.startsWith("$")) {
            node.putObject("open").put("type", "reference").put("id", subject);
        } else if (parts[0].equals("providers") && parts.length == 3) {
            node.putObject("open").put("type", "provider").put("id", parts[1] + "/" + parts[2]);
        } else if (parts[0].equals("consumers") && parts.length > 1) {
            node.putObject("open").put("type", "consumer").put("id", parts[1]);
        } else if (parts[0].equals("certificates") && parts.length == 2) {
            node.putObject("open").put("type", "certificate").put("id", parts[1]);
        }
    }

    private static String text(Urgency urgency) {
        return urgency.name().toLowerCase(Locale.ROOT);
    }
}
