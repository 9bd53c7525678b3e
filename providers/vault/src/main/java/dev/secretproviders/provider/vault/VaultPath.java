package dev.secretproviders.provider.vault;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A path in Vault's API, as segments. None is empty, {@code .} or {@code ..}, so no path leaves the one it was resolved
 * against.
 */
record VaultPath(List<String> segments) {
    private static final String REFUSED = "%?#\\";

    VaultPath {
        segments = List.copyOf(segments);
        for (String segment : segments) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                throw new IllegalArgumentException("'" + segment + "' is not a path segment");
            }
            if (segment.chars().anyMatch(c -> Character.isISOControl(c) || REFUSED.indexOf(c) >= 0)) {
                throw new IllegalArgumentException("a path segment has a character that is not allowed");
            }
        }
    }

    /** Returns the path written in {@code text}; slashes at its ends and in a row count once. */
    static VaultPath of(String text) {
        return new VaultPath(Arrays.stream(text.strip().split("/"))
                .filter(segment -> !segment.isEmpty())
                .toList());
    }

    VaultPath resolve(VaultPath below) {
        List<String> all = new ArrayList<>(segments);
        all.addAll(below.segments);
        return new VaultPath(all);
    }

    VaultPath resolve(String segment) {
        return resolve(new VaultPath(List.of(segment)));
    }

    boolean startsWith(VaultPath other) {
        return segments.size() >= other.segments.size()
                && segments.subList(0, other.segments.size()).equals(other.segments);
    }

    /** Returns what stands below the first {@code count} segments. */
    VaultPath below(int count) {
        return new VaultPath(segments.subList(count, segments.size()));
    }

    VaultPath first(int count) {
        return new VaultPath(segments.subList(0, count));
    }

    int length() {
        return segments.size();
    }

    /** Returns the path as it stands in a URL. */
    String encoded() {
        return segments.stream().map(VaultPath::encode).collect(Collectors.joining("/"));
    }

    @Override
    public String toString() {
        return String.join("/", segments);
    }

    private static String encode(String segment) {
        // The encoder is for forms, where a space is '+'.
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
