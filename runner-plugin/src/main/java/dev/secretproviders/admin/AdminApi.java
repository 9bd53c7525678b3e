package dev.secretproviders.admin;

import dev.secretproviders.accesslog.AccessLog;
import dev.secretproviders.admin.certificate.CertificateExports;
import dev.secretproviders.admin.certificate.CertificateResource;
import dev.secretproviders.admin.drill.DrillResource;
import dev.secretproviders.admin.drill.Drills;
import dev.secretproviders.admin.finding.FindingLimits;
import dev.secretproviders.admin.finding.FindingSources;
import dev.secretproviders.admin.finding.Findings;
import dev.secretproviders.admin.finding.FindingsResource;
import dev.secretproviders.admin.graph.GraphResource;
import dev.secretproviders.admin.history.Figures;
import dev.secretproviders.admin.history.HistoryResource;
import dev.secretproviders.admin.operation.AccessLogResource;
import dev.secretproviders.admin.operation.AuditResource;
import dev.secretproviders.admin.operation.Operations;
import dev.secretproviders.admin.operation.OperationsResource;
import dev.secretproviders.admin.operation.VerificationResource;
import dev.secretproviders.admin.overview.OverviewResource;
import dev.secretproviders.admin.provider.ImportResource;
import dev.secretproviders.admin.provider.ProviderEdits;
import dev.secretproviders.admin.provider.ProviderHistoryResource;
import dev.secretproviders.admin.provider.ProviderResource;
import dev.secretproviders.admin.provider.ProviderTestResource;
import dev.secretproviders.admin.provider.ProviderTester;
import dev.secretproviders.admin.provider.SchemaResource;
import dev.secretproviders.admin.reference.ConsumerResource;
import dev.secretproviders.admin.reference.ReferenceResource;
import dev.secretproviders.admin.reference.ReferenceStates;
import dev.secretproviders.admin.reference.UnusedResource;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.OpenApi;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.admin.revocation.RevocationResource;
import dev.secretproviders.admin.rotation.OverlapEnd;
import dev.secretproviders.admin.rotation.RotationLog;
import dev.secretproviders.admin.rotation.RotationResource;
import dev.secretproviders.admin.runner.RunnerResource;
import dev.secretproviders.admin.secret.LocalSecretEdits;
import dev.secretproviders.admin.secret.LocalSecretResource;
import dev.secretproviders.admin.session.DashboardAccess;
import dev.secretproviders.admin.session.SessionResource;
import dev.secretproviders.admin.token.Authenticator;
import dev.secretproviders.admin.token.FirstToken;
import dev.secretproviders.admin.token.TokenResource;
import dev.secretproviders.admin.token.Tokens;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.control.Revocations;
import dev.secretproviders.control.RunnerHeartbeats;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import tools.jackson.databind.node.ObjectNode;

/** Assembles the Admin API: one table of endpoints drives routing, authorization and the OpenAPI document. */
public final class AdminApi implements AutoCloseable {
    private final Tokens tokens;
    private final DashboardAccess dashboard;
    private final ProviderRegistry registry;
    private final String version;
    private final List<Endpoint> endpoints;
    private final Authenticator authenticator;
    private final AdminCalls calls;
    private final AdminRouter router;
    private final Drills drills;
    private final Findings findings;
    private final OverviewResource overview;
    private final VerificationResource verification;

    /**
     * What the API shows and changes. The caller keeps ownership of all parts.
     *
     * @param observed what the runner keeps of its own past, and what it knows of other runners
     * @param limits when findings begin
     * @param version the product's version, for the OpenAPI document
     */
    public record Parts(
            StoredState stored,
            InForce inForce,
            Observed observed,
            Operations operations,
            FindingLimits limits,
            InstantSource clock,
            String version) {}

    /**
     * What the store keeps.
     *
     * @param revocations the versions that are denied, whatever the secret managers say
     */
    public record StoredState(
            Store store,
            AuditLog audit,
            ProviderObjects objects,
            LocalSecrets secrets,
            Revocations revocations,
            AccessLog accessLog,
            Certificates certificates) {}

    /**
     * What the runner decides requests with.
     *
     * @param source also provides the gateway's own secret objects
     * @param upstream the secrets for upstreams
     */
    public record InForce(
            Resolver resolver, CredentialDirectory directory, ConsumerSource source, UpstreamSecrets upstream) {}

    /**
     * What the runner keeps of its own past, and what it knows of the runners that share the store.
     *
     * @param followers returns how many workers of APISIX follow the events
     */
    public record Observed(Figures figures, RotationLog rotations, RunnerHeartbeats runners, LongSupplier followers) {}

    /** Assembles the API. Call {@link #start} before serving requests. */
    public AdminApi(Parts parts) {
        StoredState stored = parts.stored();
        InForce inForce = parts.inForce();
        this.registry = stored.objects().registry();
        this.version = parts.version();
        this.tokens = new Tokens(stored.store(), stored.audit(), parts.clock());
        AuditLog audit = stored.audit();
        this.dashboard = new DashboardAccess(stored.store(), audit, parts.clock());
        ReferenceStates references =
                new ReferenceStates(inForce.directory(), inForce.resolver(), registry, stored.certificates());
        ProvidersInScope providers = ProvidersInScope.of(stored.objects());
        ProviderEdits edits = new ProviderEdits(stored.objects(), inForce.resolver(), references, audit);
        this.drills = new Drills(inForce.resolver(), inForce.directory(), audit, parts.clock());
        this.findings = new Findings(
                inForce.resolver(),
                FindingSources.of(
                        new FindingSources.Seen(
                                inForce.resolver(),
                                inForce.directory(),
                                inForce.source(),
                                inForce.upstream(),
                                stored.objects(),
                                stored.revocations(),
                                stored.certificates(),
                                parts.observed().followers()),
                        parts.limits(),
                        parts.clock()),
                parts.clock());
        this.overview = new OverviewResource(
                new OverviewResource.Observed(
                        inForce.resolver(),
                        inForce.directory(),
                        parts.observed().figures(),
                        parts.observed().rotations(),
                        parts.observed().runners(),
                        stored.store()),
                findings,
                providers,
                parts.clock());
        this.verification = new VerificationResource(audit, parts.clock());
        List<AdminResource> resources = List.of(
                new ProviderResource(stored.objects(), providers, edits, references, inForce.resolver()),
                new ProviderTestResource(
                        stored.objects(),
                        providers,
                        new ProviderTester(stored.objects(), inForce.resolver(), audit),
                        inForce.resolver()),
                new SchemaResource(registry),
                new ProviderHistoryResource(audit, providers),
                new LocalSecretResource(
                        stored.secrets(),
                        new LocalSecretEdits(stored.secrets(), new LocalUsages(references, inForce.resolver()), audit),
                        providers),
                new CertificateResource(stored.certificates(), providers, audit),
                new CertificateExports(stored.certificates(), providers, audit),
                new ReferenceResource(references, inForce.resolver(), providers, audit, parts.clock()),
                new ConsumerResource(inForce.directory(), inForce.resolver(), providers, parts.clock()),
                new GraphResource(references, inForce.directory(), inForce.resolver(), providers),
                new UnusedResource(references, stored.secrets(), providers),
                new RevocationResource(stored.revocations(), inForce.resolver(), providers, audit, parts.clock()),
                new DrillResource(drills, stored.secrets(), providers),
                new FindingsResource(findings, providers),
                new ImportResource(inForce.source(), stored.objects(), providers, edits, audit),
                new AuditResource(audit),
                verification,
                new AccessLogResource(stored.accessLog(), providers, audit),
                new TokenResource(tokens, parts.clock()),
                new SessionResource(dashboard, audit),
                new OperationsResource(parts.operations()),
                new RotationResource(
                        new RotationResource.Shown(
                                parts.observed().rotations(), inForce.resolver(), inForce.directory()),
                        new OverlapEnd(stored.revocations(), inForce.resolver(), providers, audit, parts.clock()),
                        providers,
                        parts.clock()),
                overview,
                new HistoryResource(parts.observed().figures(), providers),
                new RunnerResource(parts.observed().runners(), stored.store()),
                this::document);
        List<Endpoint> all = new ArrayList<>();
        resources.forEach(resource -> all.addAll(resource.endpoints()));
        this.endpoints = List.copyOf(all);
        this.authenticator = new Authenticator(tokens, audit);
        this.calls = new AdminCalls(endpoints, providers, audit);
        this.router = new AdminRouter(calls, authenticator);
    }

    /**
     * Reads the tokens and follows their changes in the store. If there is no token, creates the first one, for an
     * admin.
     *
     * @param firstToken the file to write that token to, readable by its owner only
     * @throws IOException if the file cannot be written
     */
    public void start(Path firstToken) throws StoreException, IOException {
        tokens.start(firstToken);
        dashboard.start();
        findings.start();
        overview.start();
    }

    /**
     * Ends the first admin token and creates its replacement. Works on a store that no runner has open or that others
     * follow.
     *
     * @param file the file to write the new token's text to, readable by its owner only
     * @return whether the token was replaced; false if another process changed the first token meanwhile
     * @throws IOException if the file cannot be written; then nothing is changed
     */
    public static boolean resetFirstToken(Store store, AuditLog audit, InstantSource clock, Path file, Actor by)
            throws StoreException, IOException {
        return new FirstToken(store, audit, clock, file).reset(by, null) != null;
    }

    /** Returns the servlet that serves {@code /admin/*}. */
    public HttpServlet servlet() {
        return router;
    }

    /** Returns the same API without HTTP, for callers who are authenticated already. */
    public AdminCalls calls() {
        return calls;
    }

    /** Returns what authenticates callers. */
    public Authenticator authenticator() {
        return authenticator;
    }

    /** Returns what the dashboard and this API know of each other. */
    public DashboardAccess dashboard() {
        return dashboard;
    }

    /** Returns the number of findings of each kind, including kinds with none. Reads memory only. */
    public Map<String, Integer> findings() {
        return findings.counts();
    }

    List<Endpoint> endpoints() {
        return endpoints;
    }

    private List<Endpoint> document() {
        return List.of(Endpoint.get(
                        "/admin/openapi.json",
                        "openapi",
                        "Describes this API in OpenAPI 3.1.",
                        null,
                        Reach.everybody(),
                        _ -> Answer.ok(openApi()))
                .answering(200, "The document.", Schema.object().about("OpenAPI 3.1.")));
    }

    ObjectNode openApi() {
        return OpenApi.document(endpoints, registry, version);
    }

    /** Returns whether a drill is under way. */
    public boolean drilling() {
        return drills.underWay();
    }

    @Override
    public void close() {
        authenticator.close();
        overview.close();
        findings.close();
        drills.close();
        verification.close();
        dashboard.close();
        tokens.close();
    }

    /** Who uses local secrets, and which versions of them are in use. */
    private record LocalUsages(ReferenceStates references, Resolver resolver) implements LocalSecretEdits.Usages {
        @Override
        public List<Usage> of(ProviderId provider) {
            return references.usagesOf(provider);
        }

        @Override
        public List<String> stillAccepted(ProviderId provider, String path) {
            return resolver.held(provider, path).previous().stream()
                    .map(HeldVersion::id)
                    .toList();
        }
    }
}
