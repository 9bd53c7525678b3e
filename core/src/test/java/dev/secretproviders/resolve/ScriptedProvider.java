package dev.secretproviders.resolve;

import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A scripted secret manager: holds what a test puts into it, and fails in ways that no real peer can be made to. Paths
 * have the same meaning as for Vault (the last segment is the field), or as for AWS with {@link #longestNameFirst}.
 */
public final class ScriptedProvider implements SecretProvider {
    /** The manager's answer about one secret. Each answer is a new object, because the resolver wipes its content. */
    @FunctionalInterface
    public interface Answer {
        FetchResult to(FetchRequest request) throws ProviderException, InterruptedException;
    }

    public final ProviderId id;
    /** Every call, in order. */
    public final List<List<FetchRequest>> calls = new CopyOnWriteArrayList<>();

    public volatile int batchSize = 1;
    public volatile boolean longestNameFirst;
    /** Thrown by every call while set. */
    public volatile @Nullable ProviderException down;

    /** Whether it throws when it is asked for something else than secrets. */
    volatile boolean broken;

    /** Whether it counts its requests itself, as providers do that log in. */
    volatile boolean countsItself;

    final AtomicLong sent = new AtomicLong();
    final AtomicInteger mostAtOnce = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, Answer> previous = new ConcurrentHashMap<>();
    private final List<Secret> handedOut = new CopyOnWriteArrayList<>();
    private volatile Consumer<List<SecretPath>> changes = paths -> {};

    public ScriptedProvider(String id) {
        this.id = new ProviderId("vault", id);
    }

    /** Stores a version with fields given as {@code name, value, name, value, ...}. */
    public void put(String name, String version, String... fields) {
        putCreatedAt(null, name, version, fields);
    }

    public void putCreatedAt(@Nullable Instant createdAt, String name, String version, String... fields) {
        answers.put(
                name,
                request -> version.equals(request.knownVersion())
                        ? new FetchResult.Unchanged()
                        : new FetchResult.Found(version(version, createdAt, fields)));
    }

    public void putPrevious(String name, String version, String... fields) {
        previous.put(name, request -> new FetchResult.Found(version(version, null, fields)));
    }

    public void answer(String name, Answer answer) {
        answers.put(name, answer);
    }

    public void answerPrevious(String name, Answer answer) {
        previous.put(name, answer);
    }

    public void gone(String name) {
        answer(name, request -> new FetchResult.Gone("version 3 was destroyed"));
    }

    public void missing(String name) {
        answers.remove(name);
    }

    public void fail(String name, ProviderException.Kind kind) {
        answer(name, request -> new FetchResult.Failed(new ProviderException(kind, "scripted")));
    }

    public void announceChange(SecretPath... paths) {
        changes.accept(List.of(paths));
    }

    /** Returns the requested names, in order. */
    public List<String> asked() {
        return calls.stream()
                .flatMap(List::stream)
                .map(request -> request.path().name())
                .toList();
    }

    public long timesAsked(String name) {
        return asked().stream().filter(name::equals).count();
    }

    /** Returns how many of the returned secrets were not wiped. */
    long notWiped() {
        return handedOut.stream()
                .filter(secret -> {
                    try {
                        return secret.use(bytes -> true);
                    } catch (IllegalStateException e) {
                        return false;
                    }
                })
                .count();
    }

    public SecretVersion version(String id, @Nullable Instant createdAt, String... fields) {
        Map<String, Secret> content = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            Secret secret = Secret.ofUtf8(fields[i + 1]);
            handedOut.add(secret);
            content.put(fields[i], secret);
        }
        return SecretVersion.of(id, createdAt, SecretContent.ofFields(content));
    }

    @Override
    public ProviderId id() {
        return id;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        List<String> segments = reference.segments();
        if (segments.getFirst().equals("bad")) {
            throw new InvalidReferenceException(0, "the scripted provider knows no 'bad'");
        }
        if (segments.getFirst().equals("bug")) {
            throw new IllegalStateException("canary-in-a-bug");
        }
        List<SecretAddress> addresses = new ArrayList<>();
        if (longestNameFirst) {
            addresses.add(new SecretAddress(SecretPath.current(reference.path()), null));
        }
        for (int i = segments.size() - 1; i > 0; i--) {
            SecretPath path =
                    new SecretPath(String.join("/", segments.subList(0, i)), reference.version(), reference.stage());
            addresses.add(new SecretAddress(path, String.join("/", segments.subList(i, segments.size()))));
            if (!longestNameFirst) {
                break;
            }
        }
        return addresses;
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests)
            throws ProviderException, InterruptedException {
        calls.add(List.copyOf(requests));
        sent.incrementAndGet();
        mostAtOnce.accumulateAndGet(running.incrementAndGet(), Math::max);
        try {
            ProviderException failure = down;
            if (failure != null) {
                throw failure;
            }
            Map<SecretPath, FetchResult> results = new HashMap<>();
            boolean complete = false;
            try {
                for (FetchRequest request : requests) {
                    Answer answer = answers.get(request.path().name());
                    results.put(
                            request.path(),
                            answer == null ? new FetchResult.Missing("no such secret") : answer.to(request));
                }
                complete = true;
            } finally {
                if (!complete) {
                    results.values().forEach(ScriptedProvider::wipe);
                }
            }
            return results;
        } finally {
            running.decrementAndGet();
        }
    }

    private static void wipe(FetchResult result) {
        if (result instanceof FetchResult.Found found) {
            found.version().content().close();
        }
    }

    @Override
    public long requestsSent() {
        return countsItself ? sent.get() : -1;
    }

    @Override
    public int batchSize() {
        if (broken) {
            throw new IllegalStateException("canary-of-the-script");
        }
        return batchSize;
    }

    @Override
    public @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion)
            throws ProviderException, InterruptedException {
        sent.incrementAndGet();
        Answer answer = previous.get(path.name());
        return answer != null && answer.to(FetchRequest.of(path, currentVersion)) instanceof FetchResult.Found found
                ? found.version()
                : null;
    }

    @Override
    public void onChange(Consumer<List<SecretPath>> listener) {
        changes = listener;
    }

    @Override
    public void close() {}
}
