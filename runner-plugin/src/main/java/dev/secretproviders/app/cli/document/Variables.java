package dev.secretproviders.app.cli.document;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** The variables of the environment in the texts of a file. Immutable. */
public final class Variables {
    private static final Pattern OF_APISIX =
            Pattern.compile("\\$\\{\\{\\s*(?<name>\\w+)\\s*(?::=\\s*(?<fallback>.*?)\\s*)?}}");

    /** The group {@code fallback} never matches. */
    private static final Pattern OF_ADC = Pattern.compile("(?<!\\\\)\\$\\{(?<name>\\w+)}(?<fallback>(?!))?");

    private static final Pattern NONE = Pattern.compile("(?!)(?<name>)(?<fallback>)");

    /** What Java has in place of bytes that its character set does not have. */
    private static final char UNREADABLE = '\uFFFD';

    /** What is shorter may stand in any message by chance. */
    private static final int SHORTEST_HIDDEN = 4;

    private final Pattern variable;
    private final String form;
    private final Map<String, String> environment;

    private Variables(Pattern variable, String form, Map<String, String> environment) {
        this.variable = variable;
        this.form = form;
        this.environment = Map.copyOf(environment);
    }

    /** Returns variables as in APISIX's own files: <code>${{NAME}}</code> and <code>${{NAME:=default}}</code>. */
    public static Variables ofApisix(Map<String, String> environment) {
        return new Variables(OF_APISIX, "${{%s}}", environment);
    }

    /** Returns variables as in files of ADC: <code>${NAME}</code>, without a backslash before it. */
    public static Variables ofAdc(Map<String, String> environment) {
        return new Variables(OF_ADC, "${%s}", environment);
    }

    /** Returns no variables: each text is what it is. */
    public static Variables none() {
        return new Variables(NONE, "%s", Map.of());
    }

    /** Returns the names in a text that have neither a value nor a default. */
    public Set<String> unset(String text) {
        Set<String> names = new TreeSet<>();
        Matcher found = variable.matcher(text);
        while (found.find()) {
            if (!environment.containsKey(found.group("name")) && found.group("fallback") == null) {
                names.add(found.group("name"));
            }
        }
        return names;
    }

    /** Returns the names in a text whose values were damaged, because this process has another character set. */
    public Set<String> damaged(String text) {
        Set<String> names = used(text);
        names.removeIf(name -> environment.getOrDefault(name, "").indexOf(UNREADABLE) < 0);
        return names;
    }

    /** Returns a text with the values of its variables. Unset ones stay as they are. */
    public String substitute(String text) {
        if (!text.contains("${")) {
            return text;
        }
        return replaced(text, environment::get);
    }

    /** Returns a text with values, each given by the variable's name; null for a variable without a value. */
    private String replaced(String text, Function<String, @Nullable String> values) {
        Matcher found = variable.matcher(text);
        StringBuilder out = new StringBuilder();
        while (found.find()) {
            String fallback = found.group("fallback");
            String value = values.apply(found.group("name"));
            String otherwise = fallback == null ? found.group() : fallback;
            found.appendReplacement(out, Matcher.quoteReplacement(value == null ? otherwise : value));
        }
        return found.appendTail(out).toString();
    }

    /** Returns the names in a text whose values are put in. A default is none: it stands in the file itself. */
    private Set<String> used(String text) {
        Set<String> names = new TreeSet<>();
        Matcher found = variable.matcher(text);
        while (found.find()) {
            if (environment.containsKey(found.group("name"))) {
                names.add(found.group("name"));
            }
        }
        return names;
    }

    /** Returns whether the value of a variable, which may be a secret, is put into a text of a tree. */
    public boolean change(JsonNode tree) {
        return tree.isContainer()
                ? tree.valueStream().anyMatch(this::change)
                : tree.isString() && !used(tree.stringValue()).isEmpty();
    }

    /** Returns a text that may be shown: with the names of variables where their values are put in. */
    public String named(String text) {
        return replaced(text, name -> environment.containsKey(name) ? form.formatted(name) : null);
    }

    /** Returns a message without the values that are put into a tree: their variables are named instead. */
    public String hide(String message, JsonNode tree) {
        if (tree.isContainer()) {
            String hidden = message;
            for (JsonNode inner : tree) {
                hidden = hide(hidden, inner);
            }
            return hidden;
        }
        String hidden = message;
        for (String name : tree.isString() ? used(tree.stringValue()) : Set.<String>of()) {
            String value = environment.getOrDefault(name, "");
            hidden = value.length() < SHORTEST_HIDDEN ? hidden : hidden.replace(value, form.formatted(name));
        }
        return hidden;
    }

    /** Returns a tree with the values of the variables in its texts. The tree itself stays. */
    public JsonNode substitute(JsonNode tree) {
        if (tree.isString()) {
            return StringNode.valueOf(substitute(tree.stringValue()));
        }
        if (tree instanceof ObjectNode object) {
            ObjectNode copy = object.objectNode();
            object.forEachEntry((name, value) -> copy.set(name, substitute(value)));
            return copy;
        }
        if (tree instanceof ArrayNode list) {
            ArrayNode copy = list.arrayNode();
            list.forEach(item -> copy.add(substitute(item)));
            return copy;
        }
        return tree;
    }
}
