package dev.secretproviders.dashboard.page;

import dev.secretproviders.settings.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Links to other systems, such as the operator's own Grafana: the section {@code dashboard.links}. An address may have the
 * placeholder {@code {node}}, which stands for the name of a runner's machine. Immutable.
 *
 * @param all the links, in the order of the configuration
 */
public record Links(List<Link> all) {
    /** No links. */
    public static final Links NONE = new Links(List.of());

    private static final String NODE = "{node}";
    private static final Set<String> SCHEMES = Set.of("http", "https");
    private static final int MOST = 20;
    private static final int LONGEST_NAME = 60;
    private static final int LONGEST_URL = 2_000;

    /**
     * One link.
     *
     * @param name as pages show it
     * @param url an address of HTTP or HTTPS
     */
    public record Link(String name, String url) {}

    public Links {
        all = List.copyOf(all);
    }

    /** Reads the list {@code links} of a section. Problems are added to it. */
    public static Links read(Settings section) {
        List<Link> links = new ArrayList<>();
        List<Settings> entries = section.list("links");
        if (entries.size() > MOST) {
            section.problem("links", "has more than " + MOST + " links");
        }
        for (Settings entry : entries) {
            String name = entry.text("name").strip();
            String url = entry.text("url").strip();
            if (name.length() > LONGEST_NAME) {
                entry.problem("name", "has more than " + LONGEST_NAME + " characters");
            }
            String problem = url.isEmpty() ? "" : problem(url);
            if (!problem.isEmpty()) {
                entry.problem("url", problem);
            } else if (!name.isEmpty() && !url.isEmpty()) {
                links.add(new Link(name, url));
            }
        }
        return new Links(links);
    }

    /** Returns the links that are not about one runner. */
    public List<Link> general() {
        return all.stream().filter(link -> !link.url().contains(NODE)).toList();
    }

    /** Returns the links about one runner. Templates call it. */
    public List<Link> of(String node) {
        String encoded = URLEncoder.encode(node, StandardCharsets.UTF_8).replace("+", "%20");
        return all.stream()
                .filter(link -> link.url().contains(NODE))
                .map(link -> new Link(link.name(), link.url().replace(NODE, encoded)))
                .toList();
    }

    /** Returns what is wrong with an address, empty if nothing is. */
    static String problem(String url) {
        if (url.length() > LONGEST_URL) {
            return "has more than " + LONGEST_URL + " characters";
        }
        try {
            URI uri = new URI(url.replace(NODE, "node"));
            String scheme = uri.getScheme();
            if (scheme == null || !SCHEMES.contains(scheme.toLowerCase(Locale.ROOT))) {
                return "must begin with https:// or http://";
            }
            if (uri.getHost() == null || uri.getHost().isEmpty()) {
                return "must name a host";
            }
            if (uri.getRawUserInfo() != null) {
                return "must not hold a user or password, which everybody who is logged in would see";
            }
            return uri.getRawAuthority().equals(new URI(url.replace(NODE, "other")).getRawAuthority())
                    ? ""
                    : "must not have a placeholder in its host";
        } catch (URISyntaxException e) {
            return "is not an address; the only placeholder is " + NODE;
        }
    }
}
