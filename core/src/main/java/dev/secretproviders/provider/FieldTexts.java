package dev.secretproviders.provider;

import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;

/** Visits the texts in an object, those in sections and lists too, with their paths such as {@code access[0].paths[1]}. */
final class FieldTexts {
    private FieldTexts() {}

    static void forEach(JsonNode object, BiConsumer<String, String> visitor) {
        visit("", object, visitor);
    }

    private static void visit(String path, JsonNode node, BiConsumer<String, String> visitor) {
        if (node.isString()) {
            visitor.accept(path, node.stringValue());
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                visit(path + "[" + i + "]", node.path(i), visitor);
            }
        } else if (node.isObject()) {
            node.forEachEntry((name, value) -> visit(path.isEmpty() ? name : path + "." + name, value, visitor));
        }
    }
}
