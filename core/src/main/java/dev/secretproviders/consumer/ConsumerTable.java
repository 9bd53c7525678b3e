package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The consumers and credentials that a source knows, by their place in APISIX's configuration ({@code jack}, {@code
 * jack/credentials/one}). Each is understood once, when it comes; one that cannot be is reported and left out, and never stops
 * the others. Keys are digested as soon as they are read.
 *
 * <p>Not thread-safe.
 */
final class ConsumerTable {
    private static final String PLUGIN = "key-auth";
    private static final int TOLD_ONE_BY_ONE = 3;
    private static final String REMEDY =
            "write all keys of apisix.data_encryption.keyring into consumers.etcd.data_encryption.keyring, or set"
                    + " consumers.etcd.data_encryption.enabled to false if APISIX does not encrypt";
    private static final String UNDECRYPTABLE = "looks encrypted, but no key of the keyring decrypts it; " + REMEDY;

    private final KeyDigester digester;
    private final @Nullable Keyring keyring;
    private final Map<String, Entry> entries = new TreeMap<>();

    /** One object as understood. */
    private sealed interface Entry {
        record Known(
                String username,
                @Nullable String customId,
                Map<String, String> labels,
                @Nullable Held inline,
                @Nullable String problem)
                implements Entry {}

        record Owned(String username, @Nullable Held held) implements Entry {}

        record Bad(String problem) implements Entry {}
    }

    /** A credential, and what its key is stored as. */
    private record Held(Credential credential, Keyring.Form form) {}

    /** A key-auth configuration that cannot be used. The message never holds the key. */
    private static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableException(String message) {
            super(message);
        }
    }

    ConsumerTable(KeyDigester digester, @Nullable Keyring keyring) {
        this.digester = digester;
        this.keyring = keyring;
    }

    /**
     * Adds or replaces an object.
     *
     * @param place its place below {@code consumers/}
     */
    void put(String place, JsonNode object) {
        entries.put(place, understand(place, object));
    }

    /** Adds or replaces an object that could not even be read. */
    void putUnreadable(String place, String problem) {
        entries.put(place, new Entry.Bad(problem));
    }

    void remove(String place) {
        entries.remove(place);
    }

    /** Forgets whatever is not at one of {@code places}. */
    void retain(Set<String> places) {
        entries.keySet().retainAll(places);
    }

    ConsumerSnapshot snapshot() {
        Map<String, Entry.Known> known = new HashMap<>();
        Map<String, List<Credential>> credentials = new HashMap<>();
        List<ConsumerProblem> problems = new ArrayList<>();
        boolean encrypts = encrypts();
        List<String> undecryptable = new ArrayList<>();
        entries.forEach((place, entry) -> {
            switch (entry) {
                case Entry.Known consumer -> {
                    known.put(consumer.username(), consumer);
                    Credential inline = usable(consumer.inline(), encrypts, place, undecryptable);
                    if (inline != null) {
                        credentials
                                .computeIfAbsent(consumer.username(), absent -> new ArrayList<>())
                                .addFirst(inline);
                    }
                    if (consumer.problem() != null) {
                        problems.add(problem(place, consumer.problem()));
                    }
                }
                case Entry.Owned owned -> {
                    Credential credential = usable(owned.held(), encrypts, place, undecryptable);
                    if (credential != null) {
                        credentials
                                .computeIfAbsent(owned.username(), absent -> new ArrayList<>())
                                .add(credential);
                    }
                }
                case Entry.Bad bad -> problems.add(problem(place, bad.problem()));
            }
        });
        Map<String, Consumer> consumers = new HashMap<>();
        known.forEach((username, consumer) -> consumers.put(
                username,
                new Consumer(
                        username,
                        consumer.customId(),
                        consumer.labels(),
                        credentials.getOrDefault(username, List.of()))));
        credentials.keySet().stream()
                .filter(username -> !known.containsKey(username))
                .sorted()
                .forEach(username -> problems.add(
                        problem(username + "/credentials", "there is no consumer '" + username + "'; create it")));
        undecryptable(undecryptable, encrypts, problems);
        return new ConsumerSnapshot(consumers, problems);
    }

    /**
     * Returns whether APISIX encrypts what it stores. Then a key that looks encrypted and cannot be decrypted is none: whoever read it
     * in etcd would have a valid key. If nothing at all can be decrypted, but something stands in clear, APISIX does not encrypt, and
     * a key merely looks that way. A keyring in our configuration says that it does.
     */
    private boolean encrypts() {
        if (keyring == null || keyring.chosen()) {
            return keyring != null;
        }
        boolean inClear = false;
        for (Entry entry : entries.values()) {
            Held held = switch (entry) {
                case Entry.Known known -> known.inline();
                case Entry.Owned owned -> owned.held();
                case Entry.Bad _ -> null;
            };
            if (held != null && held.form() == Keyring.Form.DECRYPTED) {
                return true;
            }
            inClear |= held != null && held.form() == Keyring.Form.CLEAR;
        }
        return !inClear;
    }

    /** Returns the credential, or null if its key cannot be decrypted though APISIX encrypts; its place is noted in either case. */
    private static @Nullable Credential usable(
            @Nullable Held held, boolean encrypts, String place, List<String> undecryptable) {
        if (held == null) {
            return null;
        }
        if (held.form() == Keyring.Form.UNDECRYPTABLE) {
            undecryptable.add(place);
            return encrypts ? null : held.credential();
        }
        return held.credential();
    }

    /** A wrong keyring is one problem, not a thousand. */
    private static void undecryptable(List<String> places, boolean encrypts, List<ConsumerProblem> problems) {
        if (!encrypts && !places.isEmpty()) {
            problems.add(new ConsumerProblem(
                    "consumers",
                    "plugins.key-auth.key of " + places.size()
                            + " of them looks encrypted, and counts as it stands because"
                            + " nothing is decrypted by the keyring and other keys stand in clear; " + REMEDY,
                    0));
        } else if (places.size() <= TOLD_ONE_BY_ONE) {
            places.forEach(place -> problems.add(problem(place, "plugins.key-auth.key: " + UNDECRYPTABLE)));
        } else {
            String some = String.join(", ", places.subList(0, TOLD_ONE_BY_ONE));
            problems.add(new ConsumerProblem(
                    "consumers",
                    "plugins.key-auth.key of " + places.size() + " of them (" + some + ", ...): " + UNDECRYPTABLE,
                    places.size()));
        }
    }

    private static ConsumerProblem problem(String place, String problem) {
        return new ConsumerProblem("consumers/" + place, problem);
    }

    private Entry understand(String place, JsonNode object) {
        if (!object.isObject()) {
            return new Entry.Bad("expected a JSON object");
        }
        String[] segments = place.split("/", -1);
        boolean isCredential = segments.length == 3 && segments[1].equals("credentials");
        if (!isCredential && segments.length != 1) {
            return new Entry.Bad("expected a consumer or consumer/credentials/id");
        }
        JsonNode configuration = object.path("plugins").path(PLUGIN);
        if (isCredential) {
            try {
                return new Entry.Owned(segments[0], credential(segments[2], configuration));
            } catch (UnusableException e) {
                return new Entry.Bad(String.valueOf(e.getMessage()));
            }
        }
        JsonNode username = object.path("username");
        if (!username.isString() || username.stringValue().isEmpty()) {
            return new Entry.Bad("username: expected a string that is not empty");
        }
        if (!username.stringValue().equals(place)) {
            // Two objects could otherwise claim to be the same consumer.
            return new Entry.Bad("username: expected '" + place + "', the name under which it is stored");
        }
        Map<String, String> labels = new HashMap<>();
        object.path("labels").properties().forEach(label -> {
            if (label.getValue().isString()) {
                labels.put(label.getKey(), label.getValue().stringValue());
            }
        });
        Held inline = null;
        String problem = null;
        try {
            inline = credential(null, configuration);
        } catch (UnusableException e) {
            problem = e.getMessage();
        }
        return new Entry.Known(username.stringValue(), labels.get("custom_id"), labels, inline, problem);
    }

    private @Nullable Held credential(@Nullable String id, JsonNode configuration) throws UnusableException {
        if (configuration.isMissingNode()) {
            return null;
        }
        JsonNode key = configuration.path("key");
        if (!key.isString() || key.stringValue().isEmpty()) {
            throw new UnusableException("plugins.key-auth.key: expected a string that is not empty");
        }
        Keyring.Stored stored = keyring == null
                ? new Keyring.Stored(key.stringValue(), Keyring.Form.CLEAR)
                : keyring.read(key.stringValue());
        String text = stored.text();
        if (text.isEmpty()) {
            throw new UnusableException("plugins.key-auth.key: is encrypted, but empty");
        }
        if (!SecretReference.isReference(text)) {
            try (Secret secret = Secret.ofUtf8(text)) {
                return new Held(new Credential(id, CredentialKey.Literal.of(secret, digester)), stored.form());
            }
        }
        try {
            return new Held(
                    new Credential(id, new CredentialKey.Referenced(SecretReference.parse(text))), stored.form());
        } catch (InvalidReferenceException e) {
            throw new UnusableException("plugins.key-auth.key: " + e.getMessage());
        }
    }
}
