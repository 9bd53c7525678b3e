package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
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
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.auth.usage.LatestUses;
import dev.secretproviders.auth.usage.PreviousUses;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.chain.ChainResolution;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints for consumers and their credentials. They read memory only. */
public final class ConsumerResource implements AdminResource {
    private static final Orders<Row> ORDERS = Orders.<Row>of()
            .by("name", row -> row.consumer().username())
            .by("last_used_at", Row::lastUsed)
            .by("previous_version_last_used_at", Row::previousLast);
    private static final Comparator<Row> BY_NAME =
            Comparator.comparing(row -> row.consumer().username());

    private final CredentialDirectory directory;
    private final Resolver resolver;
    private final ProvidersInScope providers;
    private final InstantSource clock;
    private final ResolutionView view;
    private final ValidityView validity;

    /**
     * A row of the list.
     *
     * @param lastUsed when the latest of its credentials was used; null if none was, or if nothing depends on it
     * @param previousLast when a client last used the version before the current one; null as above
     */
    private record Row(
            Consumer consumer,
            @Nullable Instant lastUsed,
            @Nullable Instant previousLast) {}

    /** Creates the resource. */
    public ConsumerResource(
            CredentialDirectory directory, Resolver resolver, ProvidersInScope providers, InstantSource clock) {
        this.directory = directory;
        this.resolver = resolver;
        this.providers = providers;
        this.clock = clock;
        this.view = new ResolutionView(clock);
        this.validity = new ValidityView(directory, resolver);
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/consumers",
                                "listConsumers",
                                "Lists consumers, their credentials and references.",
                                Right.REFERENCE_READ,
                                Reach.filtered(),
                                this::list)
                        .searched("name or custom_id")
                        .with("kind", ReferenceAnswers.KIND, "Only those with a credential of this kind.")
                        .with(
                                "unresolved",
                                "boolean",
                                "Only those with a credential, of the kind if there is one, that does not resolve now.")
                        .with(
                                "validity",
                                ValidityView.STATES,
                                "Only those with a credential, of the kind if there is one, of this validity.")
                        .with(
                                "previous_version_used",
                                "boolean",
                                "Only those of which a client used the version before the current one.")
                        .sorted(ORDERS)
                        .paged()
                        .answering(200, "The consumers.", Schema.page(ReferenceAnswers.CONSUMER)),
                Endpoint.get(
                                "/admin/consumers/{username}",
                                "readConsumer",
                                "Reads one consumer.",
                                Right.REFERENCE_READ,
                                new Reach.Owned(this::visible),
                                this::read)
                        .answering(200, "The consumer.", ReferenceAnswers.CONSUMER));
    }

    private Answer list(Call call) {
        Search search = call.search();
        String kind = call.oneOf("kind", ReferenceAnswers.KIND.choices());
        boolean unresolved = call.flag("unresolved");
        String state = call.oneOf("validity", ValidityView.STATES.choices());
        boolean previousUsed = call.flag("previous_version_used");
        boolean byUse = Orders.asked(call, "last_used_at") || Orders.asked(call, "previous_version_last_used_at");
        List<Row> rows = new ArrayList<>();
        for (Consumer consumer : directory.consumers().consumers().values()) {
            if (!search.matches(consumer.username(), consumer.customId())) {
                continue;
            }
            Consumer seen = seen(call, consumer);
            if (seen == null
                    || ((kind != null || unresolved || state != null) && !hasOne(seen, kind, unresolved, state))) {
                continue;
            }
            Row row = byUse || previousUsed ? used(seen) : new Row(seen, null, null);
            if (!previousUsed || row.previousLast() != null) {
                rows.add(row);
            }
        }
        return Answer.ok(Json.list(
                rows.size(),
                ORDERS.pageRows(call, rows, BY_NAME).stream()
                        .map(row -> shown(row.consumer()))
                        .toList()));
    }

    /** Returns the row of a consumer with its uses. */
    private Row used(Consumer consumer) {
        Instant last = null;
        Instant previous = null;
        for (Credential credential : consumer.credentials()) {
            LatestUses uses = directory.latestUses(CredentialName.of(consumer, credential));
            last = later(last, uses.last());
            previous = later(
                    previous, uses.previous() == null ? null : uses.previous().last());
        }
        return new Row(consumer, last, previous);
    }

    private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
        return one == null || (other != null && other.isAfter(one)) ? other : one;
    }

    /** Returns whether a consumer has a credential of a kind, or of any, with what else is asked for. */
    private boolean hasOne(Consumer consumer, @Nullable String kind, boolean unresolved, @Nullable String state) {
        return consumer.credentials().stream()
                .anyMatch(one -> (kind == null || one.kind().label().equals(kind))
                        && (!unresolved || !resolves(consumer, one))
                        && (state == null || validity.state(one).equals(state)));
    }

    private Answer read(Call call) {
        Consumer consumer = directory.consumers().consumers().get(call.variable("username"));
        Consumer seen = consumer == null ? null : seen(call, consumer);
        if (seen == null) {
            throw AdminProblemException.notFound("there is no such consumer");
        }
        return Answer.ok(shown(seen));
    }

    private ObjectNode shown(Consumer consumer) {
        ObjectNode value = Json.object();
        value.put("username", consumer.username());
        value.put("custom_id", consumer.customId());
        ObjectNode labels = value.putObject("labels");
        consumer.labels().forEach(labels::put);
        ArrayNode credentials = value.putArray("credentials");
        for (Credential credential : consumer.credentials()) {
            ObjectNode node = credentials.addObject();
            node.put("id", credential.id());
            node.put("kind", credential.kind().label());
            node.put("resolves", resolves(consumer, credential));
            validity.describe(node, credential);
            List<ObjectNode> references = references(consumer, credential);
            node.put("key", references.isEmpty() ? "literal" : "reference");
            // The fields of the reference that needs attention most; usually there is one.
            references.stream()
                    .max(Comparator.comparingInt(ConsumerResource::urgency))
                    .ifPresent(most -> {
                        node.setAll(most);
                        node.remove("field");
                    });
            node.putArray("references").addAll(references);
            LatestUses uses = directory.latestUses(CredentialName.of(consumer, credential));
            Json.put(node, "last_used_at", uses.last());
            PreviousUses previous = uses.previous();
            node.put("previous_version_uses", previous == null ? 0 : previous.count());
            Json.put(node, "previous_version_last_used_at", previous == null ? null : previous.last());
        }
        return Json.keyed("/consumers/" + consumer.username(), value);
    }

    private List<ObjectNode> references(Consumer consumer, Credential credential) {
        List<ObjectNode> all = new ArrayList<>();
        for (Credential.Field field : credential.fields()) {
            for (SecretReference reference : field.text().references()) {
                ObjectNode node = Json.object();
                node.put("field", field.path());
                node.put("reference", reference.toString());
                if (directory.mayUse(consumer, reference)) {
                    describe(node, resolver.resolution(reference));
                } else {
                    node.put("state", "denied");
                }
                all.add(node);
            }
        }
        return all;
    }

    /** Returns a number that is higher for a state that needs attention more. A secret counts more than a name. */
    private static int urgency(ObjectNode reference) {
        return switch (reference.path("state").asString("")) {
            case "fresh", "refreshing" -> 0;
            case "stale" -> 1;
            default -> 2;
        };
    }

    private void describe(ObjectNode node, Resolution resolution) {
        view.describe(node, resolution);
        Json.put(node, "next_refresh", resolver.nextRefresh(resolution.reference()));
        ResolvedValue current = resolution.current();
        if (current != null) {
            long left = current.version().usableFor(resolver.ticker().read());
            Json.put(node, "usable_until", clock.instant().plusNanos(left).truncatedTo(ChronoUnit.SECONDS));
        }
    }

    private boolean resolves(Consumer consumer, Credential credential) {
        return directory.mayUse(consumer, credential)
                && credential.fields().stream().allMatch(field -> resolves(field.text()))
                && !directory.problems().containsKey(CredentialName.of(consumer, credential));
    }

    private boolean resolves(CredentialText text) {
        return switch (text) {
            case CredentialText.Literal _, CredentialText.LiteralValue _ -> true;
            case CredentialText.Referenced(SecretReference reference) ->
                resolver.resolution(reference).state().usable();
            case CredentialText.Chained(ReferenceChain chain) -> {
                Resolution picked = ChainResolution.pick(chain, resolver.resolutions(Set.copyOf(chain.alternatives())));
                yield picked != null && picked.state().usable();
            }
        };
    }

    private boolean visible(Call call) {
        Consumer consumer = directory.consumers().consumers().get(call.variable("username"));
        return consumer != null && seen(call, consumer) != null;
    }

    /**
     * Returns a consumer with the credentials that the caller sees; null if the caller does not see it. A limited caller sees
     * consumers with credentials from its providers.
     */
    private @Nullable Consumer seen(Call call, Consumer consumer) {
        if (call.caller().scope().everything()) {
            return consumer;
        }
        List<Credential> credentials = consumer.credentials().stream()
                .filter(credential -> providers.include(call, credential))
                .toList();
        return credentials.isEmpty()
                ? null
                : new Consumer(consumer.username(), consumer.customId(), consumer.labels(), credentials);
    }
}
