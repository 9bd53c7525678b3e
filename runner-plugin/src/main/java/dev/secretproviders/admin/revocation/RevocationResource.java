package dev.secretproviders.admin.revocation;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.control.Revocation;
import dev.secretproviders.control.Revocations;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Visit;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints that revoke versions of secrets on every runner, list revocations and withdraw them. */
public final class RevocationResource implements AdminResource {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Schema SHOWN = Schema.object()
            .required("id", Schema.text(), "The id of the revocation.")
            .required("provider", Schema.text(), "manager/id.")
            .required("path", Schema.text(), "The secret, as GET /admin/references and explain name it.")
            .required(
                    "version",
                    Schema.text().orNull(),
                    "The version that is denied; null for all, future ones included.")
            .required("reason", Schema.text().orNull(), "Why.")
            .required("revoked_by", Schema.text(), "The name of the token that revoked it.")
            .required("revoked_at", Schema.time(), "When.");
    private static final Schema ONE = Schema.keyed(SHOWN.named("Revocation"), "/revocations/0123456789abcdef");
    private static final Schema REVOKED = ONE.required(
                    "checked", Schema.flag(), "Whether the manager was asked if there is such a version.")
            .required(
                    "references",
                    Schema.list(Schema.object()
                            .required("reference", Schema.text(), "A reference to the secret.")
                            .required("state", Schema.choice(ResolutionState.class), "Its state now.")),
                    "The references to the secret that are in use.");

    private static final Schema OPTIONS = Schema.closed()
            .optional(
                    "version",
                    line(512).orNull().fallback(VersionsToRevoke.CURRENT),
                    "The version to deny: its name, current, previous, or all.")
            .optional(
                    "unchecked",
                    Schema.flag().orNull().fallback(false),
                    "Whether to deny without asking the manager whether there is such a version.")
            .optional("reason", line(256).orNull(), "Why, for those who read it later.");
    private static final Schema BODY = Schema.anyOf(
            OPTIONS.required("reference", Schema.text(), "A reference: the secret behind it.")
                    .optional("provider", Schema.nothing(), "Absent or null.")
                    .optional("path", Schema.nothing(), "Absent or null."),
            OPTIONS.required("provider", ProvidersInScope.NAME, "manager/id.")
                    .required("path", line(2_048), "The secret, as GET /admin/references and explain name it.")
                    .optional("reference", Schema.nothing(), "Absent or null."));

    private final Revocations revocations;
    private final Resolver resolver;
    private final VersionsToRevoke versions;
    private final ProvidersInScope providers;
    private final AuditLog audit;
    private final InstantSource clock;

    /**
     * The version to deny.
     *
     * @param version the version as the operator wrote it, or as the reference pins it
     */
    private record Target(SecretProvider provider, String path, String version) {
        @Override
        public String toString() {
            return provider.id() + "/" + path;
        }
    }

    /** Creates the resource. */
    public RevocationResource(
            Revocations revocations,
            Resolver resolver,
            ProvidersInScope providers,
            AuditLog audit,
            InstantSource clock) {
        this.revocations = revocations;
        this.resolver = resolver;
        this.versions = new VersionsToRevoke(resolver);
        this.providers = providers;
        this.audit = audit;
        this.clock = clock;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.post(
                                "/admin/revoke",
                                "revoke",
                                "Denies a version of a secret on every runner, whatever the secret manager says.",
                                Right.REVOKE,
                                Reach.providerOfBody(),
                                this::revoke)
                        .taking(BODY)
                        .answering(
                                200,
                                "The revocation, in force here, and the states of the references to that secret.",
                                REVOKED)
                        .answering(404, "There is no such secret or version; error_msg lists the versions that exist.")
                        .answering(
                                409, "The manager does not name versions, or the reference may mean several secrets.")
                        .answering(503, "The manager cannot be asked whether there is such a version."),
                Endpoint.get(
                                "/admin/revocations",
                                "listRevocations",
                                "Lists what is revoked.",
                                Right.REFERENCE_READ,
                                Reach.filtered(),
                                this::list)
                        .paged()
                        .answering(200, "The revocations, latest first.", Schema.page(ONE)),
                Endpoint.delete(
                                "/admin/revocations/{revocation}",
                                "deleteRevocation",
                                "Withdraws a revocation; the secret is fetched again.",
                                Right.UNREVOKE,
                                new Reach.Owned(this::inScope),
                                this::restore)
                        .answering(204, "The revocation was withdrawn."));
    }

    private Answer revoke(Call call) throws StoreException, InterruptedException {
        ObjectNode body = call.requiredBody();
        boolean unchecked = body.path("unchecked").asBoolean(false);
        String reason = Json.text(body, "reason");
        Target target = target(call, body);
        try {
            String version = version(target, unchecked);
            Revocation revocation = new Revocation(
                    target.provider().id(),
                    target.path(),
                    version,
                    reason,
                    call.caller().actor().name(),
                    clock.instant().truncatedTo(ChronoUnit.MILLIS));
            revocations.revoke(
                    revocation,
                    AuditEvent.done(EventCode.SECRET_REVOKE, call.caller().actor(), target.toString())
                            .in(call.requestId())
                            .changing(null, revocation.json())
                            .withMessage((version == null ? "all versions" : "version " + version)
                                    + (unchecked ? ", without asking whether there is one" : "")));
            return Answer.ok(denying(revocation, !unchecked));
        } catch (AdminProblemException e) {
            audit.recordSoon(AuditEvent.failed(
                            EventCode.SECRET_REVOKE,
                            call.caller().actor(),
                            target.toString(),
                            String.valueOf(e.getMessage()))
                    .in(call.requestId()));
            throw e;
        }
    }

    private Target target(Call call, ObjectNode body) throws InterruptedException {
        String reference = Json.text(body, "reference");
        String provider = Json.text(body, "provider");
        String path = Json.text(body, "path");
        SecretReference parsed = reference == null ? null : ProvidersInScope.reference(reference);
        ProviderId id = parsed == null ? ProvidersInScope.named(provider) : parsed.provider();
        SecretProvider asked = providers.require(call, id).provider();
        String version = Json.text(body, "version");
        if (parsed == null) {
            return new Target(
                    asked, Objects.requireNonNull(path), version == null ? VersionsToRevoke.CURRENT : version);
        }
        Resolution resolution = Visit.lookUp(resolver, parsed, PATIENCE);
        // If the reference may mean several secrets, only the manager's answer tells which. Unchecked, a wrong guess
        // would stay unnoticed.
        boolean guessed =
                body.path("unchecked").asBoolean(false) && !resolution.state().usable();
        if (resolution.path() == null || guessed) {
            throw new AdminProblemException(
                    409,
                    "reference: it is not known which secret it means (" + resolution.problem()
                            + "); name provider and path instead");
        }
        String pinned = Objects.requireNonNullElse(parsed.version(), VersionsToRevoke.CURRENT);
        return new Target(asked, Objects.requireNonNull(resolution.path()), version == null ? pinned : version);
    }

    /** Returns the version's name, or null for all. */
    private @Nullable String version(Target target, boolean unchecked) throws InterruptedException {
        String wanted = target.version();
        if (!unchecked) {
            return versions.find(target.provider(), target.path(), wanted);
        }
        if (wanted.equals(VersionsToRevoke.CURRENT) || wanted.equals(VersionsToRevoke.PREVIOUS)) {
            throw AdminProblemException.badRequest("version: unchecked needs the version's own name, or all");
        }
        VersionsToRevoke.requireName(target.provider(), target.path());
        return wanted.equals(VersionsToRevoke.ALL) ? null : wanted;
    }

    private Answer list(Call call) {
        return Answer.ok(call.page(
                revocations.all().stream()
                        .filter(revocation -> providers.include(call, revocation.provider()))
                        .sorted(Comparator.comparing(Revocation::at).reversed().thenComparing(Revocation::id))
                        .toList(),
                RevocationResource::keyed));
    }

    private Answer restore(Call call) throws StoreException {
        String id = call.variable("revocation");
        Revocation revocation = revocations.get(id);
        if (revocation == null) {
            if (restoreUnreadable(id, call)) {
                return Answer.noContent();
            }
            throw AdminProblemException.notFound("there is no such revocation");
        }
        revocations.restore(
                revocation,
                AuditEvent.done(
                                EventCode.SECRET_RESTORE,
                                call.caller().actor(),
                                revocation.provider() + "/" + revocation.path())
                        .in(call.requestId())
                        .changing(revocation.json(), null));
        return Answer.noContent();
    }

    private boolean restoreUnreadable(String id, Call call) throws StoreException {
        return revocations.restoreUnreadable(
                id,
                key -> AuditEvent.done(EventCode.SECRET_RESTORE, call.caller().actor(), key)
                        .in(call.requestId())
                        .withMessage("its record was refused"));
    }

    /**
     * Returns the revocation with every reference to the secret and its state, so that the answer shows what was
     * denied.
     */
    private ObjectNode denying(Revocation revocation, boolean checked) {
        ObjectNode node = keyed(revocation);
        node.put("checked", checked);
        ArrayNode references = node.putArray("references");
        Set<SecretReference> looking =
                resolver.held(revocation.provider(), revocation.path()).references();
        resolver.resolutions(looking).values().stream()
                .sorted(Comparator.comparing(
                        resolution -> resolution.reference().toString()))
                .forEach(resolution -> references
                        .addObject()
                        .put("reference", resolution.reference().toString())
                        .put("state", resolution.state().name().toLowerCase(Locale.ROOT)));
        return node;
    }

    private boolean inScope(Call call) {
        String id = call.variable("revocation");
        Revocation revocation = revocations.get(id);
        ProviderId provider = revocation == null ? revocations.providerOfUnreadable(id) : revocation.provider();
        return provider != null && providers.include(call, provider);
    }

    private static ObjectNode keyed(Revocation revocation) {
        ObjectNode value = revocation.json();
        value.put("id", revocation.id());
        return Json.keyed("/revocations/" + revocation.id(), value);
    }

    /** A text that a line of a log can hold. */
    private static Schema line(int longest) {
        return Schema.text(
                        "^[\\u0020-\\u007e\\u00a0-\\ud7ff\\ue000-\\uffff]*$",
                        "a text of 1 to " + longest + " characters, no control characters among them")
                .length(1, longest);
    }
}
