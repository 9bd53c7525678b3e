package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.trie.Trie;
import dev.secretproviders.trie.TrieBuilder;
import dev.secretproviders.validity.Validity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The consumers and credentials that a source knows, by their place in APISIX's configuration ({@code jack}, {@code
 * jack/credentials/one}). Each object is parsed once, when it arrives, and one that did not change stays the same
 * object. An invalid object is reported and left out, and never stops the others. Secrets are digested as soon as they
 * are read.
 *
 * <p>Not thread-safe.
 */
final class ConsumerTable {
    private final CredentialReader reader;
    /** What was known before everything was read again; empty after that. */
    private Trie<Consumer> before;

    private final TrieBuilder<Consumer> consumers = ConsumerMap.builder();
    /** The credentials of consumers that are not there, by username. */
    private final Map<String, List<Credential>> orphans = new TreeMap<>();

    /** The separate credentials that arrived last, by id, all of one consumer; not yet given to it. */
    private final Map<String, List<Credential>> gathered = new TreeMap<>();

    private @Nullable String gatheredOf;

    /** The consumers whose labels bound their credentials; few. */
    private final Map<String, Bounded> bounded = new HashMap<>();

    private final ConsumerProblems problems = new ConsumerProblems();
    /** The consumer that arrived last, as long as each came after the one before in the order of names; then null. */
    private @Nullable String last = "";

    /**
     * What is written of a consumer with bounds.
     *
     * @param validity what the labels of the consumer say
     * @param written its credentials without that
     */
    private record Bounded(Validity validity, List<Credential> written) {}

    ConsumerTable(KeyDigester digester, @Nullable Keyring keyring) {
        this(new CredentialReader(digester, keyring), ConsumerMap.builder().trie());
    }

    private ConsumerTable(CredentialReader reader, Trie<Consumer> before) {
        this.reader = reader;
        this.before = before;
    }

    /** Returns an empty table, into which everything is read again. */
    ConsumerTable again() {
        settle();
        return new ConsumerTable(reader, consumers.trie());
    }

    /** Ends that everything is read again: what was known before is not kept any longer. */
    void done() {
        before = ConsumerMap.builder().trie();
    }

    /**
     * Adds or replaces an object.
     *
     * @param place its place below {@code consumers/}
     */
    void put(String place, JsonNode object) {
        if (!object.isObject()) {
            putUnreadable(place, "expected a JSON object");
            return;
        }
        Place where = Place.of(place);
        if (where == null) {
            putUnreadable(place, "expected a consumer or consumer/credentials/id");
        } else if (where.credential() != null) {
            CredentialReader.Read read =
                    reader.read(where.credential(), object.path("plugins")).within(validity("credential", object));
            problems.of(place, read.problems());
            own(where.username(), where.credential(), read.credentials());
        } else {
            putConsumer(place, object);
        }
    }

    private void putConsumer(String place, JsonNode object) {
        JsonNode username = object.path("username");
        if (!username.isString() || username.stringValue().isEmpty()) {
            putUnreadable(place, "username: expected a string that is not empty");
        } else if (!username.stringValue().equals(place)) {
            // Otherwise two objects could define the same consumer.
            putUnreadable(place, "username: expected '" + place + "', the name under which it is stored");
        } else {
            settle();
            CredentialReader.Read inline = reader.read(null, object.path("plugins"));
            problems.of(place, inline.problems());
            List<Credential> credentials = inline.credentials();
            Consumer now = isNew(place) ? null : known(place);
            List<Credential> owned = owned(place, now);
            if (!owned.isEmpty()) {
                credentials = new ArrayList<>(credentials);
                credentials.addAll(owned);
                setOrphans(place, List.of());
            }
            store(place, now, labels(object), validity("consumer", object), credentials);
        }
    }

    /**
     * Returns whether a consumer is certainly not known. etcd sends all names in their order. Not to look up each of a
     * million names in a large table halves the time in which they are read.
     */
    private boolean isNew(String username) {
        boolean ascends = last != null && last.compareTo(username) < 0;
        last = ascends ? username : null;
        return ascends;
    }

    private static Map<String, String> labels(JsonNode object) {
        JsonNode labels = object.path("labels");
        if (labels.isEmpty()) {
            return Map.of();
        }
        Map<String, String> texts = new HashMap<>();
        labels.properties().forEach(label -> {
            if (label.getValue().isString()) {
                texts.put(label.getKey(), label.getValue().stringValue());
            }
        });
        return texts;
    }

    /** Returns what the labels of an object say. A label that is no string, as in a file, must not go unnoticed. */
    private static Validity validity(String owner, JsonNode object) {
        JsonNode labels = object.path("labels");
        return labels.isEmpty()
                ? Validity.UNLIMITED
                : Validity.ofLabels(owner, name -> {
                    JsonNode label = labels.path(name);
                    return label.isMissingNode() ? null : label.isValueNode() ? label.asString() : label.toString();
                });
    }

    /** Adds or replaces an object that could not even be read. */
    void putUnreadable(String place, String problem) {
        remove(place);
        problems.of(place, List.of(new CredentialReader.Problem("", problem)));
    }

    void remove(String place) {
        problems.of(place, List.of());
        Place where = Place.of(place);
        if (where == null) {
            return;
        }
        if (where.credential() != null) {
            own(where.username(), where.credential(), List.of());
            return;
        }
        settle();
        Consumer known = known(place);
        if (known != null) {
            setOrphans(place, owned(place, known));
            consumers.remove(known);
            bounded.remove(place);
        }
    }

    ConsumerSnapshot snapshot() {
        settle();
        return new ConsumerSnapshot(new ConsumerMap(consumers.trie()), problems.told(orphans.keySet()));
    }

    /**
     * Replaces a separate credential. Those of one consumer arrive one after the other, and are given to it together:
     * one by one, many of them would be copied as often as there are.
     */
    private void own(String username, String id, List<Credential> credentials) {
        if (!username.equals(gatheredOf)) {
            settle();
            gatheredOf = username;
        }
        gathered.put(id, credentials);
    }

    /** Gives the gathered credentials to their consumer. */
    private void settle() {
        String username = gatheredOf;
        if (username == null) {
            return;
        }
        gatheredOf = null;
        Consumer owner = known(username);
        Set<String> arrived = Set.copyOf(gathered.keySet());
        List<Credential> all = new ArrayList<>();
        for (Credential credential : owner == null ? orphans.getOrDefault(username, List.of()) : written(owner)) {
            String id = credential.id();
            if (id == null) {
                all.add(credential);
            } else if (!arrived.contains(id)) {
                gathered.computeIfAbsent(id, _ -> new ArrayList<>()).add(credential);
            }
        }
        gathered.values().forEach(all::addAll);
        gathered.clear();
        if (owner != null) {
            Bounded limits = bounded.get(username);
            store(username, owner, owner.labels(), limits == null ? Validity.UNLIMITED : limits.validity(), all);
        } else {
            setOrphans(username, all);
        }
    }

    private void setOrphans(String username, List<Credential> credentials) {
        List<Credential> earlier =
                credentials.isEmpty() ? orphans.remove(username) : orphans.put(username, credentials);
        if ((earlier == null) != credentials.isEmpty()) {
            problems.orphansChanged();
        }
    }

    private List<Credential> owned(String username, @Nullable Consumer known) {
        return known == null
                ? orphans.getOrDefault(username, List.of())
                : written(known).stream()
                        .filter(credential -> credential.id() != null)
                        .toList();
    }

    /** Returns the credentials of a consumer without the bounds of its own labels. */
    private List<Credential> written(Consumer consumer) {
        Bounded limits = bounded.get(consumer.username());
        return limits == null ? consumer.credentials() : limits.written();
    }

    private @Nullable Consumer known(String username) {
        return consumers.find(ConsumerMap.hash(username), same(username));
    }

    private static Predicate<Consumer> same(String username) {
        return consumer -> consumer.username().equals(username);
    }

    /**
     * Stores a consumer, or the equal one that is known already.
     *
     * @param now the consumer of this name that is there, or null
     * @param validity what its labels say; it bounds all of its credentials
     */
    private void store(
            String username,
            @Nullable Consumer now,
            Map<String, String> labels,
            Validity validity,
            List<Credential> written) {
        if (validity.isUnlimited()) {
            bounded.remove(username);
        } else {
            bounded.put(username, new Bounded(validity, written));
        }
        Consumer consumer =
                new Consumer(username, labels.get("custom_id"), labels, CredentialReader.within(validity, written));
        if (!consumer.equals(now)) {
            Consumer earlier = before.find(ConsumerMap.hash(username), same(username));
            Consumer next = earlier != null && consumer.equals(earlier) ? earlier : consumer;
            if (now == null) {
                consumers.add(next);
            } else {
                consumers.put(next, same(username));
            }
        }
    }

    /**
     * A place below {@code consumers/}.
     *
     * @param credential the id of a credential, or null for the consumer itself
     */
    private record Place(String username, @Nullable String credential) {
        private static final String CREDENTIALS = "/credentials/";

        /** Returns null for a place of neither a consumer nor a credential. */
        static @Nullable Place of(String place) {
            int slash = place.indexOf('/');
            if (slash < 0) {
                return new Place(place, null);
            }
            int id = slash + CREDENTIALS.length();
            return place.startsWith(CREDENTIALS, slash) && place.indexOf('/', id) < 0
                    ? new Place(place.substring(0, slash), place.substring(id))
                    : null;
        }
    }
}
