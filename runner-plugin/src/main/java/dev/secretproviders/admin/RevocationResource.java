package dev.secretproviders.admin;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.provider.ContentDigester;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.reference.SecretReference;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Revocation;
import dev.secretproviders.resolve.Revocations;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Denying versions of secrets on every runner, and taking that back. */
final class RevocationResource implements AdminResource {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int LONGEST_PATH = 2_048;
    private static final int LONGEST_VERSION = 512;
    private static final int LONGEST_REASON = 256;
    private static final String CURRENT = "current";
    private static final String ALL = "all";
    private static final ObjectNode SCHEMA = Json.parsed("""
            {'type': 'object', 'additionalProperties': false, 'properties': {
              'reference': {'type': 'string', 'description': 'A reference: the secret behind it.'},
              'provider': {'type': 'string', 'pattern': '^[a-z][a-z0-9_-]{0,63}/[a-zA-Z0-9_.-]{1,256}$',
                'description': 'manager/id, together with path.'},
              'path': {'type': 'string', 'minLength': 1, 'maxLength': 2048, 'description': 'The secret, as GET /admin/references and explain name it.'},
              'version': {'type': 'string', 'minLength': 1, 'maxLength': 512, 'default': 'current',
                'description': 'The version to deny: current, all, or its name.'},
              'reason': {'type': 'string', 'minLength': 1, 'maxLength': 256, 'description': 'Why, for those who read it later.'}}}""");

    private final Revocations revocations;
    private final Resolver resolver;
    private final ProvidersInScope providers;
    private final AuditLog audit;
    private final InstantSource clock;

    private record Target(ProviderId provider, String path) {
        @Override
        public String toString() {
            return provider + "/" + path;
        }
    }

    RevocationResource(
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

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.of(
                                "POST",
                                "/admin/revoke",
                                "revoke",
                                "Denies a version of a secret on every runner, whatever the secret manager says.",
                                Right.REVOKE,
                                Reach.providerOfBody(),
                                this::revoke)
                        .taking(SCHEMA)
                        .answering(200, "The revocation, in force here.")
                        .answering(409, "It is not known which version that is."),
                Endpoint.get(
                                "/admin/revocations",
                                "listRevocations",
                                "Lists what is revoked.",
                                Right.REFERENCE_READ,
                                Reach.filtered(),
                                this::list)
                        .paged(),
                Endpoint.of(
                                "DELETE",
                                "/admin/revocations/{revocation}",
                                "deleteRevocation",
                                "Takes a revocation back: the secret is asked for again.",
                                Right.UNREVOKE,
                                new Reach.Owned(this::inScope),
                                this::restore)
                        .answering(204, "It is gone."));
    }

    private Answer revoke(Call call) throws StoreException, InterruptedException {
        ObjectNode body = call.requiredBody();
        Fields.known(body, "reference", "provider", "path", "version", "reason");
        String wanted = bounded(body, "version", LONGEST_VERSION);
        String reason = bounded(body, "reason", LONGEST_REASON);
        Target target = target(call, body);
        try {
            String version = version(target, wanted == null ? CURRENT : wanted);
            Revocation revocation = new Revocation(
                    target.provider(),
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
                            .saying(version == null ? "all versions" : "version " + version));
            return Answer.ok(keyed(revocation));
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
        String reference = Fields.optionalText(body, "reference");
        String provider = Fields.optionalText(body, "provider");
        String path = bounded(body, "path", LONGEST_PATH);
        boolean byReference = reference != null && provider == null && path == null;
        boolean byPath = reference == null && provider != null && path != null;
        if (byReference == byPath) {
            throw AdminProblemException.badRequest("expected either reference, or provider and path");
        }
        SecretReference parsed = reference == null ? null : ProvidersInScope.reference(reference);
        ProviderId id = parsed == null ? ProvidersInScope.named(provider) : parsed.provider();
        var _ = providers.require(call, id);
        if (parsed == null) {
            return new Target(id, Objects.requireNonNull(path));
        }
        Resolution resolution = resolver.lookUp(parsed, PATIENCE);
        if (resolution.path() == null) {
            throw new AdminProblemException(
                    409,
                    "reference: it is not known which secret that is (" + resolution.problem()
                            + "); name provider and path instead");
        }
        return new Target(id, Objects.requireNonNull(resolution.path()));
    }

    /** Returns the version's name, or null for all. */
    private @Nullable String version(Target target, String wanted) {
        if (wanted.equals(ALL)) {
            return null;
        }
        Set<String> current = resolver.currentVersions(target.provider(), target.path());
        String version = wanted;
        if (wanted.equals(CURRENT)) {
            if (current.size() != 1) {
                throw new AdminProblemException(
                        409,
                        "version: the current one is not known here; name the version, or all" + " (known: " + current
                                + ")");
            }
            version = current.iterator().next();
        }
        String shared = ContentDigester.sharedName(version);
        if (shared == null || current.stream().anyMatch(known -> ContentDigester.sharedName(known) == null)) {
            throw new AdminProblemException(
                    409,
                    "version: this manager names no versions that other runners would know; rotate the secret there,"
                            + " or revoke all");
        }
        return shared;
    }

    private Answer list(Call call) {
        return Answer.ok(call.page(revocations.all().stream()
                .filter(revocation -> providers.include(call, revocation.provider()))
                .sorted(Comparator.comparing(Revocation::at).reversed().thenComparing(Revocation::id))
                .map(RevocationResource::keyed)
                .toList()));
    }

    private Answer restore(Call call) throws StoreException {
        Revocation revocation = revocations.get(call.variable("revocation"));
        if (revocation == null) {
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

    private boolean inScope(Call call) {
        Revocation revocation = revocations.get(call.variable("revocation"));
        return revocation != null && providers.include(call, revocation.provider());
    }

    private static ObjectNode keyed(Revocation revocation) {
        ObjectNode value = revocation.json();
        value.put("id", revocation.id());
        return Json.keyed("/revocations/" + revocation.id(), value);
    }

    private static @Nullable String bounded(ObjectNode body, String name, int longest) {
        String text = Fields.optionalText(body, name);
        if (text != null
                && (text.isEmpty()
                        || text.length() > longest
                        || text.chars()
                                .anyMatch(character -> Character.isISOControl(character)
                                        || Character.isSurrogate((char) character)))) {
            throw AdminProblemException.badRequest(
                    name + ": expected 1 to " + longest + " characters, no control characters among them");
        }
        return text;
    }
}
