package dev.secretproviders.app.logs;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs each reference in use once when it no longer resolves, and once when it resolves again. A reference stops if its
 * secret is missing or expired, or if the reference is invalid. Only one thread at a time may use it.
 */
public final class ReferenceLog {
    private static final Logger LOG = LoggerFactory.getLogger(ReferenceLog.class);
    /** The most references of a provider with a line each. More share one line. */
    private static final int EACH_UP_TO = 20;

    private static final int CONSUMERS = 3;

    private final CredentialDirectory directory;
    private Map<SecretReference, ResolutionState> said = Map.of();

    /** Creates a log that names the consumers of this directory. */
    public ReferenceLog(CredentialDirectory directory) {
        this.directory = directory;
    }

    /** Logs the changes since the last call. */
    void look(List<Resolution> resolutions) {
        Map<SecretReference, ResolutionState> now = new HashMap<>();
        Map<ProviderId, List<Resolution>> failed = new TreeMap<>();
        Map<ProviderId, List<Resolution>> recovered = new TreeMap<>();
        for (Resolution resolution : resolutions) {
            SecretReference reference = resolution.reference();
            ResolutionState before = said.get(reference);
            switch (resolution.state()) {
                case NEGATIVE, EXPIRED, INVALID -> {
                    now.put(reference, resolution.state());
                    if (resolution.state() != before) {
                        add(failed, resolution);
                    }
                }
                case FRESH, REFRESHING, STALE -> {
                    if (before != null) {
                        add(recovered, resolution);
                    }
                }
                case LOADING -> {
                    // Undecided: the last logged state still applies.
                    if (before != null) {
                        now.put(reference, before);
                    }
                }
            }
        }
        said = now;
        if (!failed.isEmpty() || !recovered.isEmpty()) {
            Map<SecretReference, String> consumers = consumers(failed, recovered);
            failed.forEach((provider, some) -> failed(provider, some, consumers));
            recovered.forEach((provider, some) -> recovered(provider, some, consumers));
        }
    }

    private static void add(Map<ProviderId, List<Resolution>> to, Resolution resolution) {
        to.computeIfAbsent(resolution.reference().provider(), absent -> new ArrayList<>())
                .add(resolution);
    }

    private static void failed(ProviderId provider, List<Resolution> failed, Map<SecretReference, String> consumers) {
        if (failed.size() > EACH_UP_TO) {
            Resolution first = failed.getFirst();
            LOG.atWarn()
                    .addKeyValue("event", "references.unusable")
                    .addKeyValue("provider", provider)
                    .addKeyValue("count", failed.size())
                    .log(
                            "provider {}: {} references in use stand for no secret, such as {}: {}",
                            provider,
                            failed.size(),
                            first.reference(),
                            first.problem());
            return;
        }
        for (Resolution resolution : failed) {
            String users = consumers.getOrDefault(resolution.reference(), "");
            String state = resolution.state().name().toLowerCase(Locale.ROOT);
            LOG.atWarn()
                    .addKeyValue("event", "reference.unusable")
                    .addKeyValue("provider", provider)
                    .addKeyValue("reference", resolution.reference())
                    .addKeyValue("consumer", users)
                    .addKeyValue("state", state)
                    .log(
                            "{}, used by {}, stands for no secret ({}): {}",
                            resolution.reference(),
                            users.isEmpty() ? "no known consumer" : users,
                            state,
                            resolution.problem());
        }
    }

    private static void recovered(
            ProviderId provider, List<Resolution> recovered, Map<SecretReference, String> consumers) {
        if (recovered.size() > EACH_UP_TO) {
            LOG.atInfo()
                    .addKeyValue("event", "references.usable")
                    .addKeyValue("provider", provider)
                    .addKeyValue("count", recovered.size())
                    .log("provider {}: {} references can be resolved again", provider, recovered.size());
            return;
        }
        for (Resolution resolution : recovered) {
            LOG.atInfo()
                    .addKeyValue("event", "reference.usable")
                    .addKeyValue("provider", provider)
                    .addKeyValue("reference", resolution.reference())
                    .addKeyValue("consumer", consumers.getOrDefault(resolution.reference(), ""))
                    .log("{} can be resolved again", resolution.reference());
        }
    }

    /** Returns the consumers of references that get a line each. Names only the first few consumers of a reference. */
    private Map<SecretReference, String> consumers(
            Map<ProviderId, List<Resolution>> failed, Map<ProviderId, List<Resolution>> recovered) {
        Map<SecretReference, Set<String>> users = new HashMap<>();
        for (Map<ProviderId, List<Resolution>> some : List.of(failed, recovered)) {
            some.values().stream()
                    .filter(list -> list.size() <= EACH_UP_TO)
                    .forEach(list -> list.forEach(resolution -> users.put(resolution.reference(), new TreeSet<>())));
        }
        if (!users.isEmpty()) {
            for (Consumer consumer : directory.consumers().consumers().values()) {
                for (Credential credential : consumer.credentials()) {
                    credential.references().stream()
                            .map(users::get)
                            .filter(Objects::nonNull)
                            .forEach(names -> names.add(consumer.username()));
                }
            }
        }
        return users.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue().stream().limit(CONSUMERS).collect(Collectors.joining(", "))
                                + (entry.getValue().size() > CONSUMERS
                                        ? " and " + (entry.getValue().size() - CONSUMERS) + " more"
                                        : "")));
    }
}
