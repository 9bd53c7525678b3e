package dev.secretproviders.benchmarks.dashboard;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the pages to measure by following links, so that a new page is measured without a change here. */
final class Pages {
    private static final URI FIRST = URI.create("/dashboard/overview");
    private static final Pattern LINK = Pattern.compile("href=\"(/dashboard/[^\"#]*)\"");
    private static final Pattern ROOM = Pattern.compile("/dashboard/[a-z-]+");
    /** Links that do not lead to a page. */
    private static final Pattern NO_PAGE = Pattern.compile(".*/(assets|live|export|logout|login)\\b.*");

    private Pages() {}

    /**
     * Returns each list of the dashboard, the same list in each order and with its next page, and one page of each kind
     * below it.
     */
    static List<URI> find(Person person) throws IOException, InterruptedException {
        List<URI> rooms = links(person.read(FIRST)).stream()
                .filter(link -> ROOM.matcher(link).matches())
                .map(URI::create)
                .toList();
        if (rooms.isEmpty()) {
            throw new IOException(FIRST + " has no links to other pages");
        }
        Set<URI> all = new LinkedHashSet<>(rooms);
        for (URI room : rooms) {
            Set<String> kinds = new LinkedHashSet<>();
            for (String link : links(person.read(room))) {
                if (link.startsWith(room + "?")) {
                    all.add(URI.create(link));
                } else if (link.startsWith(room + "/") && kinds.add(kind(link))) {
                    all.add(URI.create(link));
                }
            }
        }
        return new ArrayList<>(all);
    }

    /** Two links are of one kind if they have the same number of segments and the same parameters. */
    private static String kind(String link) {
        int query = link.indexOf('?');
        String path = query < 0 ? link : link.substring(0, query);
        String parameters = query < 0 ? "" : link.substring(query).replaceAll("=[^&]*", "");
        return path.chars().filter(character -> character == '/').count() + parameters;
    }

    private static List<String> links(String page) {
        List<String> links = new ArrayList<>();
        Matcher matcher = LINK.matcher(page);
        while (matcher.find()) {
            String link = Objects.requireNonNull(matcher.group(1)).replace("&amp;", "&");
            if (!NO_PAGE.matcher(link).matches()) {
                links.add(link);
            }
        }
        return links;
    }
}
