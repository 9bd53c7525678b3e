package dev.secretproviders.admin.rotation;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.admin.rotation.Rotation.Place;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.control.Revocation;
import dev.secretproviders.control.Revocations;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ends an overlap on every runner: revokes the previous versions of a secret by their names. The revocations stay until
 * an admin takes them back. Thread-safe; blocks for I/O.
 */
public final class OverlapEnd {
    private static final Schema REASON = Schema.text(
                    "^[\\u0020-\\u007e\\u00a0-\\ud7ff\\ue000-\\uffff]*$",
                    "a text of 1 to 256 characters, no control characters among them")
            .length(1, 256)
            .orNull();
    private static final Schema OPTIONS =
            Schema.closed().optional("reason", REASON, "Why, for those who read it later.");
    static final Schema BODY = Schema.anyOf(
            OPTIONS.required("provider", ProvidersInScope.NAME, "manager/id.")
                    .required("path", Schema.text(1, 2_048), "The secret, as GET /admin/rotations names it.")
                    .optional("reference", Schema.nothing(), "Absent or null."),
            OPTIONS.required("reference", Schema.text(), "A reference in use: the secret behind it.")
                    .optional("provider", Schema.nothing(), "Absent or null.")
                    .optional("path", Schema.nothing(), "Absent or null."));
    static final Schema ENDED = Schema.object()
            .required("provider", Schema.text(), "manager/id.")
            .required("path", Schema.text(), "The secret.")
            .required(
                    "ended",
                    Schema.list(Schema.object()
                            .required("version", Schema.text(), "The version that is denied.")
                            .required("revocation", Schema.text(), "The id of its revocation.")),
                    "The previous versions, latest first.");

    private final Revocations revocations;
    private final Resolver resolver;
    private final ProvidersInScope providers;
    private final AuditLog audit;
    private final InstantSource clock;

    /** Creates the action. */
    public OverlapEnd(
            Revocations revocations,
            Resolver resolver,
            ProvidersInScope providers,
            AuditLog audit,
            InstantSource clock) {
        this.revocations = revocations;
        this.resolver = resolver;
        this.providers = providers;
        this.audit = audit;
        this.clock = clock;
    }

    /** Returns whether the previous versions have names that every runner knows, and that the current one has not. */
    static boolean canEnd(HeldVersion current, List<HeldVersion> previous) {
        return previous.stream()
                .allMatch(version -> version.name() != null && !version.name().equals(current.name()));
    }

    Answer end(Call call) throws StoreException {
        Place place = place(call);
        String object = place.provider() + "/" + place.path();
        try {
            return Answer.ok(end(call, place, object));
        } catch (AdminProblemException e) {
            audit.recordSoon(AuditEvent.failed(
                            EventCode.SECRET_REVOKE, call.caller().actor(), object, String.valueOf(e.getMessage()))
                    .in(call.requestId()));
            throw e;
        }
    }

    private ObjectNode end(Call call, Place place, String object) throws StoreException {
        ObjectNode answer = Json.object();
        answer.put("provider", place.provider().toString());
        answer.put("path", place.path());
        ArrayNode ended = answer.putArray("ended");
        String reason = Objects.requireNonNullElse(Json.text(call.requiredBody(), "reason"), "its overlap was ended");
        for (String version : versions(place)) {
            Revocation revocation = new Revocation(
                    place.provider(),
                    place.path(),
                    version,
                    reason,
                    call.caller().actor().name(),
                    clock.instant().truncatedTo(ChronoUnit.MILLIS));
            revocations.revoke(
                    revocation,
                    AuditEvent.done(EventCode.SECRET_REVOKE, call.caller().actor(), object)
                            .in(call.requestId())
                            .changing(null, revocation.json())
                            .withMessage("version " + version + ", to end its overlap"));
            ended.addObject().put("version", version).put("revocation", revocation.id());
        }
        return answer;
    }

    private Place place(Call call) {
        ObjectNode body = call.requiredBody();
        String reference = Json.text(body, "reference");
        if (reference == null) {
            ProviderId id = ProvidersInScope.named(Json.text(body, "provider"));
            var _ = providers.require(call, id);
            return new Place(id, Objects.requireNonNull(Json.text(body, "path")));
        }
        SecretReference parsed = ProvidersInScope.reference(reference);
        var _ = providers.require(call, parsed.provider());
        String path = resolver.resolution(parsed).path();
        if (path == null) {
            throw new AdminProblemException(
                    409, "reference: it is not known which secret it means; name provider and path instead");
        }
        return Place.of(parsed, path);
    }

    /** Returns the names of the previous versions, latest first. */
    private Set<String> versions(Place place) {
        HeldVersion.OfSecret held = resolver.held(place.provider(), place.path());
        HeldVersion current = held.current();
        if (current == null || held.previous().isEmpty()) {
            throw new AdminProblemException(
                    409,
                    "path: this runner accepts no previous version of this secret. If another runner still does, deny"
                            + " that version by name: POST /admin/revoke");
        }
        if (!canEnd(current, held.previous())) {
            throw new AdminProblemException(
                    409,
                    "path: the previous version has no name that every runner knows and that differs from the current"
                            + " one; its overlap ends by itself. To refuse the key now, rotate the secret twice or set"
                            + " rotation.overlap of the provider to 0s");
        }
        Set<String> names = new LinkedHashSet<>();
        held.previous().forEach(version -> names.add(Objects.requireNonNull(version.name())));
        return names;
    }
}
