package dev.secretproviders.auth;

import dev.secretproviders.auth.basic.PasswordProofs;
import dev.secretproviders.auth.hmac.HmacProofs;
import dev.secretproviders.auth.jwt.JwtProofs;
import dev.secretproviders.auth.key.KeyAuthenticator;
import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.proof.ProofMaker;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.resolve.ScriptedProvider;
import dev.secretproviders.resolve.Trial;
import dev.secretproviders.spi.Secret;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A directory on a resolver whose clock and threads the test controls. */
public final class DirectoryFixture implements AutoCloseable {
    public final ResolverFixture secrets;
    public final CredentialDirectory directory;
    /** The changes that the directory reported, in order. */
    public final List<IndexChange> changes = new ArrayList<>();
    /** The tasks that the directory scheduled for later. */
    final Deque<Runnable> later = new ArrayDeque<>();

    private final Deque<Runnable> builds = new ArrayDeque<>();
    private final Map<String, Consumer> consumers = new HashMap<>();

    public DirectoryFixture() {
        this(ResolverFixture.OVERLAP);
    }

    public DirectoryFixture(Duration overlap) {
        secrets = new ResolverFixture(overlap);
        directory = new CredentialDirectory(
                secrets.resolver, builds::add, makers(), secrets::clock, (task, delay) -> later.add(task));
        directory.addListener(changes::add);
    }

    private List<ProofMaker> makers() {
        return List.of(new PasswordProofs(secrets.digester), new JwtProofs(), new HmacProofs());
    }

    /** Puts another provider in force, so that a new index is built with the consumers. */
    void publishWithAnotherProvider() {
        Registered another =
                new Registered(new ScriptedProvider("another"), ResolverFixture.policy(ResolverFixture.OVERLAP));
        try (Trial trial = secrets.resolver.trial(another)) {
            trial.install();
        }
        publish();
    }

    /** Returns another directory with the same consumers, whose index is built from nothing. */
    CredentialDirectory builtFromNothing() {
        CredentialDirectory other = new CredentialDirectory(secrets.resolver, Runnable::run, makers());
        other.changed(new ConsumerSnapshot(consumers, List.of()));
        return other;
    }

    public Credential literal(@Nullable String id, String key) {
        return new Credential.KeyAuth(id, new CredentialText.Literal(secrets.digest(key), false));
    }

    public Credential referenced(@Nullable String id, String path) {
        return new Credential.KeyAuth(id, new CredentialText.Referenced(ResolverFixture.reference(path)));
    }

    public Credential basic(@Nullable String id, CredentialText username, CredentialText password) {
        return new Credential.BasicAuth(id, username, password);
    }

    public Credential hmac(@Nullable String id, CredentialText keyId, CredentialText secretKey) {
        return new Credential.HmacAuth(id, keyId, secretKey);
    }

    /** Returns a text in the gateway's configuration of which the value is needed. */
    public CredentialText value(String text) {
        return new CredentialText.LiteralValue(
                new CredentialText.Literal(secrets.digest(text), false), Secret.ofUtf8(text));
    }

    /** Returns a text in the gateway's configuration. */
    public CredentialText text(String text) {
        return new CredentialText.Literal(secrets.digest(text), false);
    }

    /** Returns a name in the gateway's configuration. */
    public CredentialText name(String text) {
        return CredentialText.Literal.ofName(Secret.ofUtf8(text), secrets.digester);
    }

    /** Returns a chain of references to fields of secrets. */
    public CredentialText chain(String... paths) {
        return new CredentialText.Chained(new ReferenceChain(
                Stream.of(paths).map(ResolverFixture::reference).toList()));
    }

    /** Returns a reference to a field of a secret. */
    public CredentialText reference(String path) {
        return new CredentialText.Referenced(ResolverFixture.reference(path));
    }

    public DirectoryFixture consumer(String username, Credential... credentials) {
        return consumerWithCustomId(username, null, credentials);
    }

    public DirectoryFixture consumerWithCustomId(
            String username, @Nullable String customId, Credential... credentials) {
        consumers.put(username, new Consumer(username, customId, List.of(credentials)));
        return this;
    }

    public DirectoryFixture consumerWithLabels(String username, Map<String, String> labels, Credential... credentials) {
        consumers.put(username, new Consumer(username, null, labels, List.of(credentials)));
        return this;
    }

    /** Puts a new value at a path and lets the resolver find it. */
    public void rotate(String name, String version, String value) {
        secrets.provider.put(name, version, "key", value);
        secrets.resolver.refresh(secrets.provider.id, List.of());
        secrets.drain();
    }

    public DirectoryFixture without(String username) {
        consumers.remove(username);
        return this;
    }

    /** Returns descriptions of what the last change affected. */
    public List<String> affected() {
        IndexChange change = changes.getLast();
        return change.all()
                ? List.of("all")
                : change.credentials().stream()
                        .map(name -> name.id() == null ? name.username() : name.username() + "/" + name.id())
                        .sorted()
                        .toList();
    }

    /** Passes the consumers to the directory. Nothing is fetched or built yet. */
    public void tell() {
        directory.changed(new ConsumerSnapshot(consumers, List.of()));
    }

    /** Passes the consumers to the directory, and runs all tasks. */
    public void publish() {
        tell();
        settle();
    }

    int waitingBuilds() {
        return builds.size();
    }

    public void build() {
        for (Runnable build : new ArrayList<>(builds)) {
            builds.remove(build);
            build.run();
        }
    }

    public void settle() {
        while (!builds.isEmpty()) {
            build();
            secrets.drain();
        }
    }

    /** Runs what the directory wanted to do later. */
    public void look() {
        List<Runnable> waiting = new ArrayList<>(later);
        later.clear();
        waiting.forEach(Runnable::run);
        settle();
    }

    public KeyAuthenticator route(String json) {
        return route(json, UnresolvedAnswer.UNAVAILABLE);
    }

    public KeyAuthenticator route(String json, UnresolvedAnswer unresolved) {
        try {
            return KeyAuthenticator.prepare(json, context(unresolved));
        } catch (InvalidAuthConfigException e) {
            throw new AssertionError(e);
        }
    }

    public AuthContext context(UnresolvedAnswer unresolved) {
        return context(directory, unresolved);
    }

    private AuthContext context(CredentialDirectory directory, UnresolvedAnswer unresolved) {
        return new AuthContext(directory, secrets.digester, secrets.ticker(), unresolved);
    }

    public KeyVerdicts verdicts(UnresolvedAnswer unresolved) {
        return new KeyVerdicts(context(unresolved));
    }

    public Decision decide(String key) {
        return route("{}").decide(new ListedRequest().header("apikey", key));
    }

    /** Decides by another directory. */
    Decision decide(CredentialDirectory by, String key) {
        try {
            return KeyAuthenticator.prepare("{}", context(by, UnresolvedAnswer.UNAVAILABLE))
                    .decide(new ListedRequest().header("apikey", key));
        } catch (InvalidAuthConfigException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        secrets.close();
    }
}
