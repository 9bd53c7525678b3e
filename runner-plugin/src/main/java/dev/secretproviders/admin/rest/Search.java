package dev.secretproviders.admin.rest;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The text that a caller searches for in a list, in any letter case. Immutable.
 *
 * @param text the text in lower case, or null if the caller searches for nothing
 */
public record Search(@Nullable String text) {
    /** The query parameter. */
    static final String PARAMETER = "search";

    /** Returns what a call searches for. */
    static Search of(Call call) {
        String given = call.text(PARAMETER);
        return new Search(given == null ? null : given.toLowerCase(Locale.ROOT));
    }

    /** Returns whether the caller searches for something. */
    public boolean given() {
        return text != null;
    }

    /** Returns whether one of these texts contains it. True if the caller searches for nothing. */
    public boolean matches(@Nullable String... texts) {
        if (text == null) {
            return true;
        }
        for (String one : texts) {
            if (one != null && one.toLowerCase(Locale.ROOT).contains(text)) {
                return true;
            }
        }
        return false;
    }
}
