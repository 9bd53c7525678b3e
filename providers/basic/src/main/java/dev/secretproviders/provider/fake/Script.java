package dev.secretproviders.provider.fake;

import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretContent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The answers of a fake over time. All offsets count from the moment when the script was read.
 *
 * @param latency how long an answer takes
 * @param faults the failures; the first that applies counts
 * @param secrets the states of each secret, by name, in order of time
 */
record Script(Duration latency, List<Fault> faults, Map<String, List<State>> secrets) {
    private static final List<String> KINDS = Arrays.stream(Kind.values())
            .map(kind -> kind.name().toLowerCase(Locale.ROOT))
            .toList();

    /** The state of a secret from one moment on. */
    sealed interface State {
        /** Returns when the state begins. */
        Duration at();
    }

    /**
     * A version. Its values are not printed.
     *
     * @param id the id from the script, or else a digest of the content, so that an edited value is another version
     * @param value the whole value as text, or null if there are fields
     */
    record Version(Duration at, String id, @Nullable String value, Map<String, String> fields) implements State {
        /** Returns a copy of the content; the caller closes it. */
        SecretContent content() {
            if (value != null) {
                return SecretContent.ofWhole(Secret.ofUtf8(value));
            }
            Map<String, Secret> copies = new LinkedHashMap<>();
            fields.forEach((name, text) -> copies.put(name, Secret.ofUtf8(text)));
            return SecretContent.ofFields(copies);
        }

        @Override
        public String toString() {
            return "Version[" + id + " at " + at + "]";
        }
    }

    /** The secret does not exist. */
    record Absent(Duration at) implements State {}

    /** The secret was deleted. */
    record Deleted(Duration at) implements State {}

    /**
     * A failure.
     *
     * @param from when it begins
     * @param until when it ends, exclusive; null for never
     * @param secrets the affected secrets; empty for all
     */
    record Fault(Duration from, @Nullable Duration until, Kind kind, Set<String> secrets) {
        boolean hits(String secret, Duration now) {
            return now.compareTo(from) >= 0
                    && (until == null || now.compareTo(until) < 0)
                    && (secrets.isEmpty() || secrets.contains(secret));
        }
    }

    /** Reads a script. Problems are reported to {@code root}. */
    static Script read(Settings root, ContentDigester digester) {
        Duration latency = root.duration("latency", Duration.ZERO);
        List<Fault> faults = root.list("errors").stream().map(Script::fault).toList();
        Map<String, List<State>> secrets = new LinkedHashMap<>();
        for (Settings secret : root.list("secrets")) {
            String name = secret.text("name");
            if (secrets.put(name, states(secret, digester)) != null) {
                secret.problem("name", "names two secrets; write one, with the versions of both");
            }
        }
        return new Script(latency, faults, secrets);
    }

    /** Returns the states of a secret that have begun, oldest first. */
    List<State> statesUntil(String secret, Duration now) {
        return secrets.getOrDefault(secret, List.of()).stream()
                .filter(state -> state.at().compareTo(now) <= 0)
                .toList();
    }

    private static Fault fault(Settings fault) {
        Duration from = fault.duration("from", Duration.ZERO);
        Duration until = fault.has("until") ? fault.duration("until", from) : null;
        if (until != null && until.compareTo(from) <= 0) {
            fault.problem("until", "must be later than from");
        }
        if (!fault.has("kind")) {
            fault.problem("kind", "is required: one of " + String.join(", ", KINDS));
        }
        Kind kind = Kind.valueOf(fault.choice("kind", KINDS).toUpperCase(Locale.ROOT));
        return new Fault(from, until, kind, Set.copyOf(fault.texts("secrets")));
    }

    private static List<State> states(Settings secret, ContentDigester digester) {
        List<State> states = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        Duration before = Duration.ZERO;
        for (Settings item : secret.list("versions")) {
            Duration at = item.duration("at", Duration.ZERO);
            if (at.compareTo(before) < 0) {
                item.problem("at", "must not be earlier than that of the version above it");
            }
            before = at;
            State state = state(item, at, digester);
            if (item.has("id") && state instanceof Version version && !ids.add(version.id())) {
                item.problem("id", "names two versions");
            }
            states.add(state);
        }
        if (states.isEmpty()) {
            secret.problem("versions", "expected at least one");
        }
        return states;
    }

    private static State state(Settings item, Duration at, ContentDigester digester) {
        String id = item.optionalText("id");
        String value = item.optionalText("value");
        Map<String, String> fields = item.map("fields");
        String state = item.choice("state", List.of("present", "missing", "deleted"));
        boolean valued = value != null || !fields.isEmpty();
        if (state.equals("present") && (value == null) == fields.isEmpty()) {
            item.problem("fields", "expected either fields or value");
        } else if (!state.equals("present") && valued) {
            item.problem("state", "a version that is " + state + " has no value");
        }
        return switch (state) {
            case "missing" -> new Absent(at);
            case "deleted" -> new Deleted(at);
            default -> {
                Version named = new Version(at, id == null ? "" : id, value, fields);
                if (id != null) {
                    yield named;
                }
                try (SecretContent content = named.content()) {
                    yield new Version(at, digester.version(content), value, fields);
                }
            }
        };
    }
}
