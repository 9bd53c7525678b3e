package dev.secretproviders.dashboard.page;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A part of an answer of the Admin API, for templates. A path names fields below it, such as {@code status.state}. What is
 * absent is empty, so that a page never fails because of a field that is not there. Immutable.
 */
public final class Item {
    /** Nothing. */
    public static final Item EMPTY = new Item(MissingNode.getInstance());

    private final JsonNode node;

    /** Wraps a part of an answer. */
    public Item(JsonNode node) {
        this.node = node;
    }

    /** A field of an object. */
    public record Entry(String name, Item value) {}

    /** Returns the JSON itself. */
    public JsonNode node() {
        return node;
    }

    private JsonNode find(String path) {
        JsonNode found = node;
        int start = 0;
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', start)) {
            found = found.path(path.substring(start, dot));
            start = dot + 1;
        }
        return found.path(path.substring(start));
    }

    /** Returns what a path names. */
    public Item at(String path) {
        return new Item(find(path));
    }

    /** Returns a field whose name may have dots. */
    public Item field(String name) {
        return new Item(node.path(name));
    }

    /** Returns whether a path names something that is not null. */
    public boolean has(String path) {
        JsonNode found = find(path);
        return !found.isMissingNode() && !found.isNull();
    }

    /** Returns the text at a path, empty if there is none. Numbers and booleans are written out. */
    public String text(String path) {
        return plain(find(path));
    }

    /** Returns this part itself as a text. */
    public String text() {
        return plain(node);
    }

    private static String plain(JsonNode found) {
        return found.isContainer() ? found.toString() : found.asString("");
    }

    /** Returns the number at a path, 0 if there is none. */
    public double number(String path) {
        return find(path).asDouble(0);
    }

    /** Returns the whole number at a path, 0 if there is none. */
    public long whole(String path) {
        return find(path).asLong(0);
    }

    /** Returns the boolean at a path, false if there is none. */
    public boolean flag(String path) {
        return find(path).asBoolean(false);
    }

    /** Returns the time at a path, or null. */
    public @Nullable Instant time(String path) {
        JsonNode found = find(path);
        try {
            return found.isString() ? Instant.parse(found.stringValue()) : null;
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** Returns the elements of the list at a path. */
    public List<Item> items(String path) {
        List<Item> items = new ArrayList<>();
        find(path).valueStream().forEach(element -> items.add(new Item(element)));
        return items;
    }

    /** Returns the texts of the list at a path. */
    public List<String> texts(String path) {
        return items(path).stream().map(Item::text).toList();
    }

    /** Returns the fields of the object at a path, in their order. */
    public List<Entry> entries(String path) {
        List<Entry> entries = new ArrayList<>();
        find(path).forEachEntry((name, value) -> entries.add(new Entry(name, new Item(value))));
        return entries;
    }

    /** Returns the fields of this object, in their order. */
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        node.forEachEntry((name, value) -> entries.add(new Entry(name, new Item(value))));
        return entries;
    }

    @Override
    public String toString() {
        return text();
    }
}
