package dev.secretproviders.admin;

import dev.secretproviders.reference.ProviderId;
import java.util.List;
import java.util.Map;

/**
 * To which providers a token is limited: those whose identity matches a pattern, or that carry all the labels. Empty for all.
 *
 * @param providers patterns of {@code manager/id}, in which {@code *} is any text without a slash
 * @param labels labels that the provider object must have
 */
record Scope(List<String> providers, Map<String, String> labels) {
    static final Scope ALL = new Scope(List.of(), Map.of());

    Scope {
        providers = List.copyOf(providers);
        labels = Map.copyOf(labels);
    }

    boolean everything() {
        return providers.isEmpty() && labels.isEmpty();
    }

    boolean includes(ProviderId id, Map<String, String> objectLabels) {
        if (everything()) {
            return true;
        }
        boolean named = providers.stream().anyMatch(pattern -> matches(pattern, id.toString()));
        return named || (!labels.isEmpty() && objectLabels.entrySet().containsAll(labels.entrySet()));
    }

    /** Returns whether everything in {@code other} is in this scope, too. */
    boolean covers(Scope other) {
        return everything()
                || (!other.everything()
                        && providers.containsAll(other.providers())
                        && (other.labels().isEmpty() || other.labels().equals(labels)));
    }

    private static boolean matches(String pattern, String text) {
        int star = pattern.indexOf('*');
        if (star < 0) {
            return pattern.equals(text);
        }
        if (text.length() < star || !text.startsWith(pattern.substring(0, star))) {
            return false;
        }
        String rest = pattern.substring(star + 1);
        for (int end = star; end <= text.length(); end++) {
            if (matches(rest, text.substring(end))) {
                return true;
            }
            if (end < text.length() && text.charAt(end) == '/') {
                return false;
            }
        }
        return false;
    }
}
