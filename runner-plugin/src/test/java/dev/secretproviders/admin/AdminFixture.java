package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.accesslog.AccessLog;
import dev.secretproviders.accesslog.AccessLogSettings;
import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.finding.FindingLimits;
import dev.secretproviders.admin.history.DecisionTotals;
import dev.secretproviders.admin.history.Figures;
import dev.secretproviders.admin.operation.Operations;
import dev.secretproviders.admin.rotation.RotationLog;
import dev.secretproviders.admin.session.DashboardAccess;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.certificate.CertificateSettings;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.ConsumerSources;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.control.Revocations;
import dev.secretproviders.control.RunnerHeartbeats;
import dev.secretproviders.control.RunnerIdentity;
import dev.secretproviders.control.RunnerState;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.aws.AwsProviderFactory;
import dev.secretproviders.provider.azure.AzureProviderFactory;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.provider.fake.FakeProviderFactory;
import dev.secretproviders.provider.file.FileProviderFactory;
import dev.secretproviders.provider.gcp.GcpProviderFactory;
import dev.secretproviders.provider.kubernetes.KubernetesProviderFactory;
import dev.secretproviders.provider.local.LocalProviderFactory;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.provider.vault.VaultProviderFactory;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import dev.secretproviders.store.protection.SealedStore;
import dev.secretproviders.store.protection.SeenCounter;
import dev.secretproviders.store.protection.VerifiedStore;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.catalina.valves.ValveBase;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The Admin API over HTTP with all parts that it has in the runner, except backups and new master keys. Each successful answer is
 * checked against its published schema.
 */
public final class AdminFixture implements AutoCloseable {
    public final Path directory;
    public final Store store;
    /** The engine below the sealing, as a process with write access to the store sees it. */
    public final Store raw;

    public final AuditLog audit;
    public final AdminApi api;
    public final Resolver resolver;
    public final CredentialDirectory consumers;
    public final UpstreamSecrets upstream;
    public final ProviderObjects objects;
    public final String firstToken;

    public final AccessLog accessLog;

    public final Certificates certificates;

    public final KeyDigester digester;

    /** The history, without a timer: tests take the samples. */
    public final Figures figures;

    /** What the requests of the runner would have counted. */
    public volatile DecisionTotals decided = DecisionTotals.NONE;

    /** The rotations; tests have the audit log read. */
    public final RotationLog rotations;

    private final KeyVerdicts verdicts;
    private final RunnerHeartbeats heartbeats;
    private final PublishedSchemas published;
    private final ConsumerSource source;
    private final Revocations revocations;
    public final ProviderRegistry registry;
    private final ExecutorService builder = Executors.newSingleThreadExecutor();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Tomcat tomcat = new Tomcat();
    private final int port;

    /** An answer. */
    public record Answer(int status, String text, HttpResponse<String> response) {
        public JsonNode json() {
            return JsonMapper.shared().readTree(text);
        }

        public Answer expect(int wanted) {
            assertThat(status)
                    .as(response.request().method() + " " + response.uri() + ": " + text)
                    .isEqualTo(wanted);
            return this;
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    /** Opens the API on its own store, with the consumers Jack and Rose. */
    public AdminFixture(Path directory) throws Exception {
        this(directory, EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO), keyring());
    }

    /** As above, with sections of {@code providers} in the configuration, in addition to the files that tests write. */
    public AdminFixture(Path directory, Map<String, ?> providers) throws Exception {
        this(
                directory,
                EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO),
                keyring(),
                with(providers),
                Set.of());
    }

    /** Opens the API on a shared store. Providers may read the files that tests write. */
    public AdminFixture(Path directory, Store raw, MasterKeyring keyring) throws Exception {
        this(directory, raw, keyring, with(Map.of()), Set.of());
    }

    private static Map<String, ?> with(Map<String, ?> providers) {
        Map<String, Object> all = new HashMap<>(providers);
        all.putIfAbsent("files", Map.of("allow", List.of(System.getProperty("java.io.tmpdir"))));
        return all;
    }

    /**
     * As above.
     *
     * @param providers the section of the configuration
     * @param own the runner's own files, which no provider may read
     */
    public AdminFixture(Path directory, Store raw, MasterKeyring keyring, Map<String, ?> providers, Set<Path> own)
            throws Exception {
        this(directory, raw, keyring, providers, own, CertificateSettings.DEFAULT);
    }

    /** Opens the API on its own store, with a gateway that certificates are written to. */
    public AdminFixture(Path directory, CertificateSettings gateway) throws Exception {
        this(
                directory,
                EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO),
                keyring(),
                with(Map.of()),
                Set.of(),
                gateway);
    }

    /** Opens the API on a shared store, with a gateway that certificates are written to. */
    public AdminFixture(Path directory, Store raw, MasterKeyring keyring, CertificateSettings gateway)
            throws Exception {
        this(directory, raw, keyring, with(Map.of()), Set.of(), gateway);
    }

    private AdminFixture(
            Path directory,
            Store raw,
            MasterKeyring keyring,
            Map<String, ?> providers,
            Set<Path> own,
            CertificateSettings gateway)
            throws Exception {
        this.directory = directory;
        this.raw = raw;
        this.store = verified(directory, raw, new Sealer(keyring));
        this.audit = TestAudit.open(store);
        this.digester = new KeyDigester();
        Problems problems = new Problems();
        this.registry = ProviderRegistry.read(
                Settings.root(providers, problems),
                List.of(
                        new EnvProviderFactory(Map.of("JACK_KEY", "the-key-of-jack-in-env")),
                        new FileProviderFactory(),
                        new FakeProviderFactory(),
                        new LocalProviderFactory(store, InstantSource.system()),
                        new VaultProviderFactory(),
                        new AwsProviderFactory(),
                        new GcpProviderFactory(),
                        new KubernetesProviderFactory(),
                        new AzureProviderFactory()),
                manager -> false,
                own);
        this.resolver = Resolver.start(registry.all(), digester);
        this.consumers = new CredentialDirectory(resolver, builder, List.of());
        this.upstream = new UpstreamSecrets(resolver, builder);
        this.objects = new ProviderObjects(store, audit, registry, resolver, InstantSource.system());
        this.revocations = new Revocations(store, audit, resolver);
        revocations.start();
        objects.start();
        this.accessLog = new AccessLog(
                store,
                resolver,
                consumers,
                new AccessLogSettings(true, Duration.ofDays(90), Duration.ofMinutes(5), 5_000),
                "gateway-1",
                InstantSource.system());
        accessLog.start();
        Path file = directory.resolve("apisix.yaml");
        if (!Files.exists(file)) {
            configure("consumers: []");
        }
        this.source = ConsumerSources.create(
                Settings.root(Map.of("source", "file", "file", Map.of("path", file.toString())), problems), digester);
        problems.throwIfAny();
        source.start(snapshot -> {
            consumers.changed(snapshot);
            upstream.changed(snapshot);
        });
        await().until(consumers::consumersKnown);
        this.figures = new Figures(() -> decided, InstantSource.system());
        resolver.addListener(figures);
        this.rotations = new RotationLog(audit, InstantSource.system());
        resolver.addListener(rotations);
        this.verdicts =
                new KeyVerdicts(new AuthContext(consumers, digester, resolver.ticker(), UnresolvedAnswer.UNAVAILABLE));
        this.heartbeats = new RunnerHeartbeats(
                raw.status().engine().equals("etcd") ? store : null,
                RunnerIdentity.of("node-of-" + directory.getFileName(), directory, "test", Instant.now()),
                () -> new RunnerState(
                        consumers.consumers().consumers().size(),
                        consumers.size(),
                        consumers.undecided(),
                        source.status().name(),
                        source.status().lastSuccess(),
                        source.status().lastError(),
                        0,
                        null,
                        -1,
                        null),
                InstantSource.system());
        heartbeats.start();
        this.certificates = new Certificates(new Certificates.Parts(
                store,
                audit,
                resolver,
                registry,
                gateway,
                directory.resolve("certificates"),
                directory.toString(),
                InstantSource.system()));
        certificates.start();
        this.api = new AdminApi(new AdminApi.Parts(
                new AdminApi.StoredState(
                        store,
                        audit,
                        objects,
                        new LocalSecrets(store, audit, this::versionsKept, InstantSource.system()),
                        revocations,
                        accessLog,
                        certificates),
                new AdminApi.InForce(resolver, consumers, source, upstream),
                new AdminApi.Observed(figures, rotations, heartbeats, () -> 0),
                new FixedOperations(),
                FindingLimits.DEFAULT,
                InstantSource.system(),
                "test"));
        this.published = PublishedSchemas.of(api.openApi());
        Path token = directory.resolve("admin-token");
        api.start(token);
        this.firstToken = Files.exists(token) ? Files.readString(token) : "";
        this.port = serve();
    }

    private static Store verified(Path directory, Store raw, Sealer sealer) throws StoreException {
        VerifiedStore verified = VerifiedStore.open(
                new SealedStore(raw, sealer, Set.of("audit/", "meta/")),
                SeenCounter.open(directory.resolve("store-counter"), sealer),
                InstantSource.system(),
                false,
                false);
        if (!verified.founded()) {
            verified.found(Transaction.EMPTY);
        }
        return verified;
    }

    public static MasterKeyring keyring() {
        return MasterKeyring.of(RandomSecrets.bytes(32));
    }

    private OptionalInt versionsKept(String id) {
        var registered = registry.get(new ProviderId("local", id));
        return LocalProviderFactory.versionsKept(registered == null ? null : registered.provider());
    }

    private int serve() throws LifecycleException {
        tomcat.setBaseDir(directory.resolve("tomcat").toString());
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", null);
        // As Spring Boot does by default.
        ErrorReportValve errors = new ErrorReportValve();
        errors.setShowServerInfo(false);
        errors.setShowReport(false);
        context.getParent().getPipeline().addValve(errors);
        context.getPipeline().addValve(new CommandValve());
        Tomcat.addServlet(context, "admin", api.servlet()).addMapping("/admin/*");
        tomcat.start();
        return tomcat.getConnector().getLocalPort();
    }

    /** Returns where the API is. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Uses a key, as a request does, and returns whether it is accepted. */
    public boolean accepts(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return verdicts.of(bytes, bytes.length) instanceof Verdict.Accepted;
    }

    /** Writes the gateway's configuration and waits until it is known. */
    public void gateway(String yaml) throws IOException {
        long before = consumers.sequence();
        configure(yaml);
        await().atMost(Duration.ofSeconds(10)).until(() -> consumers.sequence() != before);
    }

    private void configure(String yaml) throws IOException {
        Path next = directory.resolve("apisix.yaml.next");
        Files.writeString(next, yaml + "\n#END\n");
        Files.move(
                next,
                directory.resolve("apisix.yaml"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** Creates a file provider {@code file/<id>} with secrets. */
    public Path fileProvider(String id, Map<String, String> secrets) throws IOException {
        Path place = Files.createDirectories(directory.resolve("secrets-" + id));
        for (Map.Entry<String, String> secret : secrets.entrySet()) {
            Files.writeString(place.resolve(secret.getKey()), secret.getValue());
        }
        put("/admin/providers/file/" + id, "{'directory': '" + place + "'}").expect(201);
        return place;
    }

    /** Creates a token and returns its text. */
    public String token(String role, String more) {
        return call(
                        firstToken,
                        "POST",
                        "/admin/tokens",
                        "{'name': 'a " + role + " " + UUID.randomUUID() + "', 'roles': ['" + role + "']" + more + "}")
                .expect(201)
                .json()
                .path("value")
                .path("token")
                .asString();
    }

    public Answer get(String path) {
        return call(firstToken, "GET", path, null);
    }

    public Answer put(String path, String body, String... headers) {
        return call(firstToken, "PUT", path, body, headers);
    }

    public Answer patch(String path, String body, String... headers) {
        return call(firstToken, "PATCH", path, body, headers);
    }

    public Answer post(String path, String body) {
        return call(firstToken, "POST", path, body);
    }

    public Answer delete(String path, String... headers) {
        return call(firstToken, "DELETE", path, null, headers);
    }

    /** Calls the API as a command on the runner's machine does. */
    public Answer command(String method, String path) {
        return raw(null, method, path, null, CommandValve.HEADER, "yes");
    }

    /** Does what the socket for commands does. */
    private static final class CommandValve extends ValveBase {
        static final String HEADER = "X-Test-Command";

        CommandValve() {
            super(true);
        }

        @Override
        public void invoke(Request request, Response response) throws IOException, ServletException {
            if (request.getHeader(HEADER) != null) {
                request.setAttribute(Caller.LOCAL, new Actor(null, "root (uid 0)", "command", null));
            }
            getNext().invoke(request, response);
        }
    }

    /** Calls the API. Single quotes in the body stand for double quotes. */
    public Answer call(@Nullable String token, String method, String path, @Nullable String body, String... headers) {
        return raw(token, method, path, body == null ? null : body.replace('\'', '"'), headers);
    }

    public Answer raw(@Nullable String token, String method, String path, @Nullable String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri().resolve(path))
                .timeout(Duration.ofSeconds(30))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (token != null) {
            request.header("X-API-KEY", token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
            published.check(method, path, response);
            return new Answer(response.statusCode(), response.body(), response);
        } catch (IOException e) {
            throw new AssertionError(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Returns what the dashboard and the API know of each other. */
    public DashboardAccess dashboard() {
        return api.dashboard();
    }

    PublishedSchemas published() {
        return published;
    }

    public int port() {
        return port;
    }

    /**
     * Returns each key of the store with a digest of its value, without the audit log and the manifest's root, which
     * contains the head of the log.
     */
    public Map<String, Integer> stored() throws StoreException {
        Map<String, Integer> entries = new TreeMap<>();
        for (Stored entry : raw.list("").entries()) {
            if (!entry.key().startsWith("audit/") && !entry.key().equals("manifest/root")) {
                entries.put(entry.key(), Arrays.hashCode(entry.value()));
            }
        }
        return entries;
    }

    public List<String> audited() throws StoreException {
        return audit.query(AuditQuery.all()).records().stream()
                .map(record -> record.code() + " " + record.object())
                .toList();
    }

    @Override
    public void close() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
        http.close();
        api.close();
        heartbeats.close();
        certificates.close();
        figures.close();
        rotations.close();
        objects.close();
        revocations.close();
        resolver.close();
        source.close();
        builder.shutdownNow();
        accessLog.close();
        registry.close();
        audit.close();
        raw.close();
    }

    private static final class FixedOperations implements Operations {
        @Override
        public Status status() {
            return new Status(
                    "test",
                    FipsModule.load(),
                    new Store.Status("embedded", "store.mv.db", null),
                    new Keyring("keyring", "key", List.of("key")),
                    0);
        }

        @Override
        public Rekeyed rekey(Actor actor, @Nullable String requestId) {
            return new Rekeyed("key", 0);
        }

        @Override
        public Compacted compact(Actor actor, @Nullable String requestId) {
            return new Compacted(2, 1);
        }

        @Override
        public Reloaded reload(Actor actor, @Nullable String requestId) {
            return new Reloaded(List.of("providers.vault.prod"), List.of("runner.event-loops"));
        }

        @Override
        public boolean underWay() {
            return false;
        }

        @Override
        public Backup backup(Actor actor, @Nullable String requestId) {
            return out -> out.write("backup".getBytes(StandardCharsets.UTF_8));
        }
    }
}
