package dev.secretproviders.app.cli.document;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A part of a file as it is written, before variables are put in. It is shown in place of their values, which may be
 * secrets.
 *
 * @param tree the part; missing if there is none
 * @param variables the variables that are put in
 */
public record Written(JsonNode tree, Variables variables) {
    /** What is written in no file. */
    public static final Written NOWHERE = new Written(MissingNode.getInstance(), Variables.none());

    /** Returns the part below a field. */
    public Written at(String field) {
        return new Written(tree.path(field), variables);
    }

    /** Returns whether the value of a variable is put in. */
    public boolean changes() {
        return variables.change(tree);
    }

    /** Returns the text to show. */
    public String text() {
        return variables.named(tree.isString() ? tree.stringValue() : tree.toString());
    }

    /** Returns a message with the names of variables in place of their values. */
    public String hide(String message) {
        return variables.hide(message, tree);
    }

    /** Leaves out the texts, which may hold secrets. */
    @Override
    public String toString() {
        return "Written";
    }
}
