package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.document.Document;
import dev.secretproviders.app.cli.document.DocumentException;
import dev.secretproviders.app.cli.document.Variables;
import dev.secretproviders.app.cli.document.Written;
import dev.secretproviders.settings.Spelling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a file declares: for each section that it has, the objects by name. A section that it does not have is not
 * managed. Immutable.
 */
final class DeclaredFile {
    /** The sections, in the order in which they are written. */
    static final List<String> SECTIONS = List.of("providers", "certificates", "tokens");

    private final Map<String, Map<String, Declared>> sections;

    /**
     * An object in the file. The fields may hold secrets.
     *
     * @param place the file and the line
     * @param written the fields before variables were put in
     */
    record Declared(String place, ObjectNode fields, Written written) {
        @Override
        public String toString() {
            return place;
        }
    }

    private DeclaredFile(Map<String, Map<String, Declared>> sections) {
        this.sections = sections;
    }

    /**
     * Reads a file.
     *
     * @throws DocumentException with every problem
     */
    static DeclaredFile read(Path file, Variables variables) throws DocumentException {
        List<Document> documents = Document.readAll(file);
        if (documents.size() != 1 || !documents.getFirst().root().isObject()) {
            throw new DocumentException(
                    file.toString(), "expected one document with the sections " + String.join(", ", SECTIONS));
        }
        Document document = documents.getFirst();
        List<String> problems = new ArrayList<>();
        Map<String, Map<String, Declared>> sections = new LinkedHashMap<>();
        document.root().forEachEntry((section, objects) -> {
            if (!SECTIONS.contains(section)) {
                String nearest = Spelling.nearest(section, SECTIONS);
                problems.add(document.place(objects) + ": unknown section '" + section + "'"
                        + (nearest == null ? "" : "; did you mean '" + nearest + "'?") + "; known are "
                        + String.join(", ", SECTIONS));
            } else if (objects.isNull()) {
                sections.put(section, Map.of());
            } else if (objects.isObject()) {
                sections.put(section, objects(document, objects, variables, problems));
            } else {
                problems.add(document.place(objects) + ": " + section + ": expected objects by name");
            }
        });
        if (!problems.isEmpty()) {
            throw new DocumentException(problems);
        }
        return new DeclaredFile(sections);
    }

    private static Map<String, Declared> objects(
            Document document, JsonNode section, Variables variables, List<String> problems) {
        Map<String, Declared> objects = new LinkedHashMap<>();
        section.forEachEntry((name, value) -> {
            JsonNode object = value.isNull() ? JsonMapper.shared().createObjectNode() : value;
            unset(document, object, variables, problems);
            if (object.isObject()) {
                // Numbers compare with those of the Admin API only after the same parser read both.
                JsonNode fields = JsonMapper.shared()
                        .readTree(JsonMapper.shared().writeValueAsBytes(variables.substitute(object)));
                objects.put(
                        name, new Declared(document.place(value), (ObjectNode) fields, new Written(object, variables)));
            } else {
                problems.add(document.place(value) + ": " + name + ": expected fields with their values");
            }
        });
        return objects;
    }

    private static void unset(Document document, JsonNode node, Variables variables, List<String> problems) {
        if (node.isString()) {
            variables
                    .unset(node.stringValue())
                    .forEach(name -> problems.add(document.place(node) + ": the variable " + name
                            + " is not set here; set it, or write a default: ${{" + name + ":=...}}"));
            variables
                    .damaged(node.stringValue())
                    .forEach(name -> problems.add(document.place(node) + ": the variable " + name
                            + " has characters that this process cannot read; set LANG=C.UTF-8 for it"));
        } else {
            node.forEach(inner -> unset(document, inner, variables, problems));
        }
    }

    /** Returns whether the file has a section. */
    boolean has(String section) {
        return sections.containsKey(section);
    }

    /** Returns the objects of a section, in the order of the file. */
    Map<String, Declared> objects(String section) {
        return sections.getOrDefault(section, Map.of());
    }
}
