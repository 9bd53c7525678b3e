package dev.secretproviders.settings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The sections below one section that were asked for, and the elements of its lists. Not thread-safe. */
final class Sections {
    private final WrittenFields fields;
    private final List<Settings> all = new ArrayList<>();
    private final Map<String, Settings> byName = new HashMap<>();

    Sections(WrittenFields fields) {
        this.fields = fields;
    }

    /** Returns a section, the same each time. */
    Settings section(String name) {
        Settings known = byName.get(WrittenFields.plain(name));
        return known == null ? newSection(name) : known;
    }

    private Settings newSection(String name) {
        Object value = fields.read(name);
        Map<?, ?> tree = Map.of();
        if (value instanceof Map<?, ?> map) {
            tree = map;
        } else if (value != null && !value.equals("")) {
            fields.problem(name, "expected a section with fields");
        }
        Settings section = new Settings(fields.below(name, tree));
        all.add(section);
        byName.put(WrittenFields.plain(name), section);
        return section;
    }

    /** Returns the elements of a list; an absent field is an empty list. */
    List<Settings> list(String name) {
        Object value = fields.read(name);
        if (value == null || value.equals("")) {
            return List.of();
        }
        // Spring presents lists as maps with the index as key.
        Collection<?> items =
                value instanceof Map<?, ?> indexed ? indexed.values() : value instanceof List<?> list ? list : null;
        if (items == null) {
            fields.problem(name, "expected a list");
            return List.of();
        }
        List<Settings> listed = new ArrayList<>();
        for (Object item : items) {
            String at = name + "[" + listed.size() + "]";
            Map<?, ?> tree = Map.of();
            if (item instanceof Map<?, ?> map) {
                tree = map;
            } else {
                fields.problem(at, "expected fields");
            }
            listed.add(new Settings(fields.below(at, tree)));
        }
        all.addAll(listed);
        return listed;
    }

    /** Forgets the sections, so that nothing in them is reported. */
    void ignore() {
        all.clear();
    }

    /** Reports every field of these sections that was not read. */
    void finish() {
        all.forEach(Settings::finish);
    }

    /** Adds the files that fields of these sections name, but for one section. */
    void addOwnFiles(Set<Path> own, String except) {
        for (Settings section : all) {
            if (!section.nameIn(fields).equals(except)) {
                own.addAll(section.ownFiles(""));
            }
        }
    }

    /** Appends what was read in these sections, but for those whose names are in {@code except}. */
    void describe(StringBuilder text, Set<String> except) {
        for (Settings section : all) {
            String name = section.nameIn(fields);
            // An element of a list is a section of its own, such as access[0].
            int index = name.indexOf('[');
            if (!except.contains(index < 0 ? name : name.substring(0, index))) {
                text.append(name).append('{').append(section.everythingRead(Set.of()));
                text.append('}');
            }
        }
    }
}
