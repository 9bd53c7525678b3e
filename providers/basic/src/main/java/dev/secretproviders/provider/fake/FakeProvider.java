package dev.secretproviders.provider.fake;

import dev.secretproviders.provider.fake.Script.Absent;
import dev.secretproviders.provider.fake.Script.Deleted;
import dev.secretproviders.provider.fake.Script.State;
import dev.secretproviders.provider.fake.Script.Version;
import dev.secretproviders.provider.fake.ScriptFile.LoadedScript;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers from a script in memory. */
final class FakeProvider implements SecretProvider {
    private final ProviderId id;
    private final ScriptFile file;
    private final Duration timeout;
    private final Passage passage;

    FakeProvider(ProviderId id, ScriptFile file, Duration timeout, Passage passage) {
        this.id = id;
        this.file = file;
        this.timeout = timeout;
        this.passage = passage;
    }

    @Override
    public ProviderId id() {
        return id;
    }

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        if (reference.stage() != null) {
            throw new InvalidReferenceException(
                    reference.toString().indexOf('?'), "a fake has versions, but no stages");
        }
        return SecretAddress.everySplit(new SecretPath(reference.path(), reference.version(), null));
    }

    @Override
    public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests)
            throws ProviderException, InterruptedException {
        Map<SecretPath, FetchResult> results = new HashMap<>();
        for (FetchRequest request : requests) {
            LoadedScript playing = answering(request.path().name());
            results.put(request.path(), answer(playing, request));
        }
        return results;
    }

    @Override
    public @Nullable SecretVersion fetchPrevious(SecretPath path, String currentVersion)
            throws ProviderException, InterruptedException {
        LoadedScript playing = answering(path.name());
        boolean found = false;
        for (State state : playing.script()
                .statesUntil(path.name(), playing.at(passage.nanos()))
                .reversed()) {
            switch (state) {
                case Version version when version.id().equals(currentVersion) -> found = true;
                case Version version -> {
                    if (found) {
                        return secret(version);
                    }
                }
                // Versions from before a deletion are not returned.
                case Absent _, Deleted _ -> {
                    if (found) {
                        return null;
                    }
                }
            }
        }
        return null;
    }

    @Override
    public void check() throws ProviderException, InterruptedException {
        answering("");
    }

    @Override
    public void close() {}

    /** Waits for the script's latency, and fails if the script has a fault now. */
    private LoadedScript answering(String secret) throws ProviderException, InterruptedException {
        LoadedScript playing = file.playing();
        Duration latency = playing.script().latency();
        if (latency.compareTo(timeout) > 0) {
            passage.sleep(timeout);
            throw new ProviderException(Kind.TIMEOUT, "the fake's latency is longer than the provider's timeout");
        }
        if (latency.isPositive()) {
            passage.sleep(latency);
        }
        Duration now = playing.at(passage.nanos());
        for (Script.Fault fault : playing.script().faults()) {
            if (fault.hits(secret, now)) {
                throw new ProviderException(
                        fault.kind(),
                        "the fake's script says " + fault.kind().name().toLowerCase(Locale.ROOT) + " now");
            }
        }
        return playing;
    }

    private FetchResult answer(LoadedScript playing, FetchRequest request) {
        SecretPath path = request.path();
        List<State> begun = playing.script().statesUntil(path.name(), playing.at(passage.nanos()));
        if (begun.isEmpty()) {
            return new FetchResult.Missing("the fake has no secret " + path.name());
        }
        return switch (begun.getLast()) {
            case Absent _ -> new FetchResult.Missing("the fake has no secret " + path.name());
            case Deleted _ -> new FetchResult.Gone("the fake's secret " + path.name() + " is deleted");
            case Version current -> {
                Version asked = path.version() == null ? current : named(begun, path.version());
                if (asked == null) {
                    yield new FetchResult.Missing(
                            "the fake's secret " + path.name() + " has no version " + path.version());
                }
                yield asked.id().equals(request.knownVersion())
                        ? new FetchResult.Unchanged()
                        : new FetchResult.Found(secret(asked));
            }
        };
    }

    private static @Nullable Version named(List<State> states, String id) {
        for (State state : states) {
            if (state instanceof Version version && version.id().equals(id)) {
                return version;
            }
        }
        return null;
    }

    private static SecretVersion secret(Version version) {
        return SecretVersion.of(version.id(), null, version.content());
    }
}
