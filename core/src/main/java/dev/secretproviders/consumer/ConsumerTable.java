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
 * jack/credentials/one}). Each object is parsed once, when it arrives. An invalid object is reported and left out, and
 * never stops the others. Keys are digested as soon as they are read.
 *
 * <p>Not thread-safe.
 */
final class ConsumerTable {
    private static final String PLUGIN = "key-auth";
    private static final String KEY = "plugins.key-auth.key";
    private static final int TOLD_ONE_BY_ONE = 3;
    private static final String UNDECRYPTABLE =
            "looks encrypted, but no key of the keyring decrypts it, so it is no key; write all keys of"
                    + " apisix.data_encryption.keyring into consumers.etcd.data_encryption.keyring, or set"
                    + " consumers.etcd.data_encryption.enabled to false if APISIX does not encrypt";

    private final KeyDigester digester;
    private final @Nullable Keyring keyring;
    private final Map<String, Entry> entries = new TreeMap<>();

    /** One parsed object. */
    private sealed interface Entry {
        record ConsumerEntry(
                String username,
                @Nullable String customId,
                Map<String, String> labels,
                @Nullable Credential inline,
                @Nullable String problem)
                implements Entry {}

        record CredentialEntry(String username, @Nullable Credential credential) implements Entry {}

        record Invalid(String problem) implements Entry {}
    }

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
        entries.put(place, parse(place, object));
    }

    /** Adds or replaces an object that could not even be read. */
    void putUnreadable(String place, String problem) {
        entries.put(place, new Entry.Invalid(problem));
    }

    void remove(String place) {
        entries.remove(place);
    }

    /** Removes all objects that are not at one of {@code places}. */
    void retain(Set<String> places) {
        entries.keySet().retainAll(places);
    }

    ConsumerSnapshot snapshot() {
        Map<String, Entry.ConsumerEntry> known = new HashMap<>();
        Map<String, List<Credential>> credentials = new HashMap<>();
        List<ConsumerProblem> problems = new ArrayList<>();
        List<String> undecryptable = new ArrayList<>();
        entries.forEach((place, entry) -> {
            switch (entry) {
                case Entry.ConsumerEntry consumer -> {
                    known.put(consumer.username(), consumer);
                    Credential inline = consumer.inline();
                    if (inline != null) {
                        credentials
                                .computeIfAbsent(consumer.username(), absent -> new ArrayList<>())
                                .addFirst(inline);
                    }
                    if (consumer.problem() != null) {
                        sort(place, consumer.problem(), problems, undecryptable);
                    }
                }
                case Entry.CredentialEntry owned -> {
                    Credential credential = owned.credential();
                    if (credential != null) {
                        credentials
                                .computeIfAbsent(owned.username(), absent -> new ArrayList<>())
                                .add(credential);
                    }
                }
                case Entry.Invalid bad -> sort(place, bad.problem(), problems, undecryptable);
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
        undecryptable(undecryptable, problems);
        return new ConsumerSnapshot(consumers, problems);
    }

    private static void sort(String place, String problem, List<ConsumerProblem> problems, List<String> undecryptable) {
        if (problem.equals(UNDECRYPTABLE)) {
            undecryptable.add(place);
        } else {
            problems.add(problem(place, problem));
        }
    }

    /** Reports credentials that the keyring cannot decrypt as one problem, even if there are thousands. */
    private static void undecryptable(List<String> places, List<ConsumerProblem> problems) {
        if (places.size() <= TOLD_ONE_BY_ONE) {
            places.forEach(place -> problems.add(problem(place, KEY + ": " + UNDECRYPTABLE)));
        } else {
            String some = String.join(", ", places.subList(0, TOLD_ONE_BY_ONE));
            problems.add(new ConsumerProblem(
                    "consumers",
                    KEY + " of " + places.size() + " of them (" + some + ", ...): " + UNDECRYPTABLE,
                    places.size()));
        }
    }

    private static ConsumerProblem problem(String place, String problem) {
        return new ConsumerProblem("consumers/" + place, problem);
    }

    private Entry parse(String place, JsonNode object) {
        if (!object.isObject()) {
            return new Entry.Invalid("expected a JSON object");
        }
        String[] segments = place.split("/", -1);
        boolean isCredential = segments.length == 3 && segments[1].equals("credentials");
        if (!isCredential && segments.length != 1) {
            return new Entry.Invalid("expected a consumer or consumer/credentials/id");
        }
        JsonNode configuration = object.path("plugins").path(PLUGIN);
        if (isCredential) {
            try {
                return new Entry.CredentialEntry(segments[0], credential(segments[2], configuration));
            } catch (UnusableException e) {
                return new Entry.Invalid(String.valueOf(e.getMessage()));
            }
        }
        JsonNode username = object.path("username");
        if (!username.isString() || username.stringValue().isEmpty()) {
            return new Entry.Invalid("username: expected a string that is not empty");
        }
        if (!username.stringValue().equals(place)) {
            // Otherwise two objects could define the same consumer.
            return new Entry.Invalid("username: expected '" + place + "', the name under which it is stored");
        }
        Map<String, String> labels = new HashMap<>();
        object.path("labels").properties().forEach(label -> {
            if (label.getValue().isString()) {
                labels.put(label.getKey(), label.getValue().stringValue());
            }
        });
        Credential inline = null;
        String problem = null;
        try {
            inline = credential(null, configuration);
        } catch (UnusableException e) {
            problem = e.getMessage();
        }
        return new Entry.ConsumerEntry(username.stringValue(), labels.get("custom_id"), labels, inline, problem);
    }

    private @Nullable Credential credential(@Nullable String id, JsonNode configuration) throws UnusableException {
        if (configuration.isMissingNode()) {
            return null;
        }
        JsonNode key = configuration.path("key");
        if (!key.isString() || key.stringValue().isEmpty()) {
            throw new UnusableException(KEY + ": expected a string that is not empty");
        }
        String text = keyring == null ? key.stringValue() : keyring.read(key.stringValue());
        if (text == null) {
            throw new UnusableException(UNDECRYPTABLE);
        }
        if (text.isEmpty()) {
            throw new UnusableException(KEY + ": is encrypted, but empty");
        }
        if (!SecretReference.isReference(text)) {
            try (Secret secret = Secret.ofUtf8(text)) {
                return new Credential(id, CredentialKey.Literal.of(secret, digester));
            }
        }
        try {
            return new Credential(id, new CredentialKey.Referenced(SecretReference.parse(text)));
        } catch (InvalidReferenceException e) {
            throw new UnusableException(KEY + ": " + e.getMessage());
        }
    }
}
