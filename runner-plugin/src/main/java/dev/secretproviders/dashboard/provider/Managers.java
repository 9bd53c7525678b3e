package dev.secretproviders.dashboard.provider;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Visit;
import java.util.List;

/** The secret managers that provider objects can have. */
final class Managers {
    private Managers() {}

    static List<String> of(Visit visit) {
        return visit.get("/admin/schemas").orFail().items("list").stream()
                .map(manager -> manager.text("manager"))
                .toList();
    }

    /** Returns the JSON schema of a manager's objects. */
    static Item schema(Visit visit, String manager) {
        return visit.get(Visit.path("/admin/schemas", manager)).orFail();
    }
}
