package dev.secretproviders.auth;

import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.trie.Trie;
import dev.secretproviders.trie.TrieBuilder;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an operator should know about the proofs of credentials. A change takes the time of one note, however many there
 * are; only who reads the notes waits for all. One thread writes, any number of threads read.
 */
final class ProofNotes {
    private final TrieBuilder<Note> notes = new TrieBuilder<>(note -> hash(note.identity()));
    private boolean changed;
    private volatile Published published = new Published(notes.trie());

    private record Note(Identity identity, String text) {}

    /** Notes that stay as they are. Named when they are read first, so that a change need not go through all. */
    private static final class Published {
        private final Trie<Note> notes;
        private volatile @Nullable Map<CredentialName, String> named;

        Published(Trie<Note> notes) {
            this.notes = notes;
        }

        Map<CredentialName, String> named() {
            Map<CredentialName, String> all = named;
            if (all == null) {
                // Two readers at once make equal maps.
                all = new HashMap<>();
                for (Note note : notes) {
                    all.put(note.identity().name(), note.text());
                }
                all = Collections.unmodifiableMap(all);
                named = all;
            }
            return all;
        }
    }

    /** Notes something about a credential; null if there is nothing. */
    void put(Identity identity, @Nullable String text) {
        Note known = notes.find(hash(identity), note -> note.identity() == identity);
        if (text != null && (known == null || !known.text().equals(text))) {
            notes.put(new Note(identity, text), note -> note.identity() == identity);
            changed = true;
        } else if (text == null && known != null) {
            notes.remove(known);
            changed = true;
        }
    }

    private static long hash(Identity identity) {
        int hash = System.identityHashCode(identity);
        return Trie.hash(Trie.spread(hash), hash);
    }

    /** Shows the notes to readers. */
    void publish() {
        if (changed) {
            published = new Published(notes.trie());
            changed = false;
        }
    }

    /** Returns the notes by the names of the credentials. */
    Map<CredentialName, String> published() {
        return published.named();
    }
}
