package dev.secretproviders.admin.access;

import dev.secretproviders.spi.ProviderId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * To which providers a token is limited: those whose identity matches a pattern, or that carry all the labels. Empty for all.
 *
 * @param providers patterns of {@code manager/id}, in which {@code *} is any text without a slash
 * @param labels labels that the provider object must have
 */
public record Scope(List<String> providers, Map<String, String> labels) {
    public static final Scope ALL = new Scope(List.of(), Map.of());

    public Scope {
        providers = List.copyOf(providers);
        labels = Map.copyOf(labels);
    }

    /** Returns the labels of a provider object that are texts; operators may note others. */
    public static Map<String, String> labels(@Nullable JsonNode node) {
        Map<String, String> labels = new LinkedHashMap<>();
        if (node instanceof ObjectNode object) {
            object.forEachEntry((label, value) -> {
                if (value.isString()) {
                    labels.put(label, value.stringValue());
                }
            });
        }
        return labels;
    }

    public boolean everything() {
        return providers.isEmpty() && labels.isEmpty();
    }

    public boolean includes(ProviderId id, Map<String, String> objectLabels) {
        if (everything()) {
            return true;
        }
        boolean named = providers.stream().anyMatch(pattern -> matches(pattern, id.toString()));
        return named || (!labels.isEmpty() && objectLabels.entrySet().containsAll(labels.entrySet()));
    }

    /**
     * Returns whether everything in {@code other} is in this scope, too. What a pattern of {@code other} matches is matched by one
     * of ours if ours matches the pattern itself, read as a text.
     */
    public boolean covers(Scope other) {
        return everything()
                || (!other.everything()
                        && other.providers().stream()
                                .allMatch(theirs -> providers.stream().anyMatch(ours -> matches(ours, theirs)))
                        && (other.labels().isEmpty()
                                || (!labels.isEmpty()
                                        && other.labels().entrySet().containsAll(labels.entrySet()))));
    }

    private static boolean matches(String pattern, String text) {
        int slash = pattern.indexOf('/');
        int at = text.indexOf('/');
        return slash >= 0
                && at >= 0
                && matchesPart(pattern.substring(0, slash), text.substring(0, at))
                && matchesPart(pattern.substring(slash + 1), text.substring(at + 1));
    }

    /** Goes back to the last star only, so that no pattern takes long. */
    private static boolean matchesPart(String pattern, String text) {
        int p = 0;
        int star = -1;
        int resume = 0;
        int t = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
