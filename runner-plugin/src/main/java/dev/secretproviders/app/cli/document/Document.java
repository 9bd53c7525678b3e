package dev.secretproviders.app.cli.document;

import dev.secretproviders.provider.shared.Causes;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * One document of a YAML file, or a JSON file, as a tree whose objects, lists and texts know their lines. Immutable, as
 * long as the tree is not changed.
 */
public final class Document {
    private static final long LONGEST = 64L << 20;

    private final String file;
    private final JsonNode root;
    private final Map<JsonNode, Integer> lines;

    Document(String file, JsonNode root, Map<JsonNode, Integer> lines) {
        this.file = file;
        this.root = root;
        this.lines = lines;
    }

    /**
     * Reads all documents of a file. Empty documents are left out.
     *
     * @throws DocumentException if it cannot be read
     */
    public static List<Document> readAll(Path file) throws DocumentException {
        String name = file.toString();
        try {
            if (Files.size(file) > LONGEST) {
                throw new DocumentException(name, "has more than " + (LONGEST >> 20) + " MiB; divide it");
            }
            String text = Files.readString(file);
            return name.endsWith(".json") ? JsonTree.read(name, text) : new YamlTree(name).read(text);
        } catch (CharacterCodingException e) {
            throw new DocumentException(name, "is not UTF-8 text");
        } catch (IOException e) {
            throw new DocumentException(name, "cannot be read: " + Causes.words(e));
        }
    }

    /** Returns the name of the file. */
    public String file() {
        return file;
    }

    /** Returns the tree. */
    public JsonNode root() {
        return root;
    }

    /** Returns the line of an object, list or text of the tree, counted from 1; 0 if it is not known. */
    public int line(JsonNode node) {
        return lines.getOrDefault(node, 0);
    }

    /** Returns the place of a node for a message, such as {@code adc.yaml:7}. */
    public String place(JsonNode node) {
        int line = line(node);
        return line == 0 ? file : file + ":" + line;
    }
}
