package dev.secretproviders.dashboard.provider;

import dev.secretproviders.dashboard.page.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One field of a provider object as its page shows it.
 *
 * @param name the path of the field, such as {@code auth.method}
 * @param masked whether it is a secret, which is not shown
 */
record Shown(String name, String text, boolean masked) {
    private static final Set<String> ELSEWHERE = Set.of("id", "manager", "origin", "created_at", "updated_at", "desc");

    /** Returns the fields of an object, without those that its page shows elsewhere. */
    static List<Shown> fields(Item object) {
        List<Shown> fields = new ArrayList<>();
        for (Item.Entry entry : object.entries()) {
            if (!ELSEWHERE.contains(entry.name())) {
                add(entry.name(), entry.value(), fields);
            }
        }
        return fields;
    }

    private static void add(String name, Item value, List<Shown> fields) {
        if (value.node().isObject()) {
            value.entries().forEach(entry -> add(name + "." + entry.name(), entry.value(), fields));
        } else if (value.node().isArray()) {
            int i = 0;
            for (var element : value.node()) {
                add(name + "[" + i++ + "]", new Item(element), fields);
            }
        } else {
            boolean masked = value.text().equals("***");
            fields.add(new Shown(name, masked ? "" : value.text(), masked));
        }
    }
}
