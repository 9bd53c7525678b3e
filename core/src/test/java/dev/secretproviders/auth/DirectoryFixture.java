package dev.secretproviders.auth;

import dev.secretproviders.auth.KeyAuthenticator.UnresolvedAnswer;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.resolve.ResolverFixture;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A directory on a resolver whose clock and threads the test controls. */
final class DirectoryFixture implements AutoCloseable {
    final ResolverFixture secrets;
    final CredentialDirectory directory;
    /** The changes that the directory reported, in order. */
    final List<IndexChange> changes = new ArrayList<>();
    /** The tasks that the directory scheduled for later. */
    final Deque<Runnable> later = new ArrayDeque<>();
    /** The simulated duration of a build. */
    Duration buildTakes = Duration.ZERO;

    private long machineTime = -5;
    private final Deque<Runnable> builds = new ArrayDeque<>();
    private final Map<String, Consumer> consumers = new HashMap<>();

    DirectoryFixture() {
        this(ResolverFixture.OVERLAP);
    }

    DirectoryFixture(Duration overlap) {
        secrets = new ResolverFixture(overlap);
        directory = new CredentialDirectory(
                secrets.resolver,
                builds::add,
                new BuildPace(() -> machineTime, () -> machineTime),
                (task, delay) -> later.add(task));
        directory.addListener(change -> {
            changes.add(change);
            // Called during a build. It has no effect after a change in place, whose duration is not measured.
            machineTime += buildTakes.toNanos();
        });
    }

    Credential literal(@Nullable String id, String key) {
        return new Credential(id, new CredentialKey.Literal(secrets.digest(key), false));
    }

    Credential referenced(@Nullable String id, String path) {
        return new Credential(id, new CredentialKey.Referenced(ResolverFixture.reference(path)));
    }

    DirectoryFixture consumer(String username, Credential... credentials) {
        return consumerWithCustomId(username, null, credentials);
    }

    DirectoryFixture consumerWithCustomId(String username, @Nullable String customId, Credential... credentials) {
        consumers.put(username, new Consumer(username, customId, List.of(credentials)));
        return this;
    }

    DirectoryFixture consumerWithLabels(String username, Map<String, String> labels, Credential... credentials) {
        consumers.put(username, new Consumer(username, null, labels, List.of(credentials)));
        return this;
    }

    /** Puts a new value at a path and lets the resolver find it. */
    void rotate(String name, String version, String value) {
        secrets.provider.put(name, version, "key", value);
        secrets.resolver.refresh(secrets.provider.id, List.of());
        secrets.drain();
    }

    DirectoryFixture without(String username) {
        consumers.remove(username);
        return this;
    }

    /** Advances the machine's clock, which paces builds. */
    void rest(Duration time) {
        machineTime += time.toNanos();
    }

    /** Returns descriptions of what the last change affected. */
    List<String> affected() {
        IndexChange change = changes.getLast();
        return change.all()
                ? List.of("all")
                : change.credentials().stream()
                        .map(name -> name.id() == null ? name.username() : name.username() + "/" + name.id())
                        .sorted()
                        .toList();
    }

    /** Passes the consumers to the directory. Nothing is fetched or built yet. */
    void tell() {
        directory.changed(new ConsumerSnapshot(consumers, List.of()));
    }

    /** Passes the consumers to the directory, and runs all tasks. */
    void publish() {
        tell();
        settle();
    }

    int waitingBuilds() {
        return builds.size();
    }

    void build() {
        for (Runnable build : new ArrayList<>(builds)) {
            builds.remove(build);
            build.run();
        }
    }

    void settle() {
        while (!builds.isEmpty()) {
            build();
            secrets.drain();
        }
    }

    KeyAuthenticator route(String json) {
        return route(json, UnresolvedAnswer.UNAVAILABLE);
    }

    KeyAuthenticator route(String json, UnresolvedAnswer unresolved) {
        try {
            return new KeyAuthenticator(
                    KeyAuthConfig.parse(json), directory, secrets.digester, secrets.ticker(), unresolved);
        } catch (InvalidKeyAuthConfigException e) {
            throw new AssertionError(e);
        }
    }

    KeyVerdicts verdicts(UnresolvedAnswer unresolved) {
        return new KeyVerdicts(directory, secrets.digester, secrets.ticker(), unresolved);
    }

    Decision decide(String key) {
        return route("{}").decide(new ListedRequest().header("apikey", key));
    }

    @Override
    public void close() {
        secrets.close();
    }
}
