package dev.secretproviders.dashboard.secret;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Visit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What refers to one secret.
 *
 * @param rows the usages, at most {@value #MOST}
 * @param more whether there are more than what was looked through
 */
record Uses(List<Item> rows, boolean more) {
    private static final int MOST = 500;

    /** Reads the usages of the secret's provider, and returns those of the secret. */
    static Uses of(Visit visit, SecretPlace place) {
        Item page = visit.get(
                        Visit.path("/admin/providers", SecretPlace.MANAGER, place.id()) + "/usage",
                        Map.of("page_size", Integer.toString(MOST)))
                .body();
        String start = "$secret://" + place.provider() + "/" + place.path() + "/";
        List<Item> rows = new ArrayList<>();
        for (Item row : page.items("list")) {
            String reference = row.text("reference");
            int field = start.length();
            if (reference.startsWith(start) && reference.indexOf('/', field) < 0) {
                rows.add(row);
            }
        }
        return new Uses(List.copyOf(rows), page.whole("total") > MOST);
    }
}
