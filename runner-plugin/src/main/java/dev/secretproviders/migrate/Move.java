package dev.secretproviders.migrate;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What happens, or happened, to one key.
 *
 * @param object where the key is, for example {@code jack/credentials/one}
 * @param field the field, for example {@code plugins.key-auth.key}
 * @param reference the reference that takes or took its place; null if none can
 * @param note why the key stays where it is, or what is worth knowing; null for nothing. It holds no secret
 */
public record Move(
        String object,
        String field,
        @Nullable String reference,
        State state,
        @Nullable String note) {
    /** How far a key came. */
    public enum State {
        /** It can move. */
        READY,
        /** The secret manager has it, and the gateway has the reference. */
        MOVED,
        /** The gateway has the key again, or still. */
        RESTORED,
        /** It stays where it is until an operator changes something. */
        LEFT,
        /** It was tried and did not work. The gateway has what it had, unless the note says otherwise. */
        FAILED;

        /** Returns whether something is left to do. */
        public boolean isProblem() {
            return this == LEFT || this == FAILED;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
