package dev.secretproviders.spi;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The names of fields for people, where their authors give none. */
final class Labels {
    private static final Map<String, String> SPELLINGS = Map.ofEntries(
            Map.entry("arn", "ARN"),
            Map.entry("ca", "CA"),
            Map.entry("id", "ID"),
            Map.entry("jwt", "JWT"),
            Map.entry("kv", "KV"),
            Map.entry("ssl", "TLS"),
            Map.entry("sts", "STS"),
            Map.entry("ttl", "TTL"),
            Map.entry("uri", "URI"),
            Map.entry("url", "URL"));

    private Labels() {}

    /** Returns a name such as {@code kv_version} as {@code KV version}. */
    static String of(String name) {
        String text = Arrays.stream(name.split("[_-]", -1))
                .map(word -> SPELLINGS.getOrDefault(word, word))
                .collect(Collectors.joining(" "));
        return text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
