package dev.secretproviders.e2e;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds the pages of the dashboard as a user does: it follows the navigation, then the links of each page. Of a list,
 * which has one row like the other, it follows the first row only. A new area is found without a change here.
 */
final class DashboardPages {
    /** Exceeding it means that pages are found without end. */
    private static final int MOST = 150;

    /** The first row of each list, and what is outside of lists, without downloads and parts of the same page. */
    private static final String LINKS = """
            [...document.querySelectorAll("nav[aria-label=Areas] a, main a[href]")]
              .filter((a) => a.origin === location.origin && !a.hasAttribute("download") && a.target !== "_blank")
              .filter((a) => !a.getAttribute("href").startsWith("#"))
              .filter((a) => !a.closest("thead, .pager, tbody tr:nth-child(n + 2), main li:nth-child(n + 2)")
                || a.closest("nav"))
              .map((a) => a.pathname + a.search)
            """;

    private static final Pattern DOWNLOAD = Pattern.compile("(?s).*(export|\\.csv|\\.json|download).*");
    private static final Pattern VALUE = Pattern.compile("=[^&]*");

    private DashboardPages() {}

    /** Looks at a page that the tab shows. */
    @FunctionalInterface
    interface Look {
        void at(String path);
    }

    /**
     * Opens each page once and lets the caller look at it. Returns the pages.
     *
     * @param more pages that no first row leads to
     */
    static Set<String> visit(Tab tab, Look look, String... more) {
        Map<String, String> found = new LinkedHashMap<>();
        Deque<String> next = new ArrayDeque<>(List.of("/dashboard"));
        next.addAll(List.of(more));
        Set<String> pages = new LinkedHashSet<>();
        while (!next.isEmpty()) {
            tab.open(next.removeFirst());
            // A page may lead to another one, as the first one does.
            if (!pages.add(tab.path())) {
                continue;
            }
            if (pages.size() > MOST) {
                throw new AssertionError("too many pages: " + pages);
            }
            if (tab.ask(LINKS) instanceof List<?> links) {
                for (Object link : links) {
                    String path = String.valueOf(link);
                    if (!DOWNLOAD.matcher(path).matches() && found.putIfAbsent(shape(path), path) == null) {
                        next.addLast(path);
                    }
                }
            }
            look.at(tab.path());
        }
        return pages;
    }

    /** Links that differ only in values of the query, such as filters, lead to the same kind of page. */
    private static String shape(String path) {
        return VALUE.matcher(path).replaceAll("=");
    }
}
