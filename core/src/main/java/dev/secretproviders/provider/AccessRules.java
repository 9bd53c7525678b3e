package dev.secretproviders.provider;

import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rules for which consumers may refer to which paths of a provider. They keep a writer of consumers from reading every
 * secret. Without rules every consumer may refer to every path; with an empty list none may. Immutable.
 */
public final class AccessRules {
    /** Every consumer may refer to every path. */
    public static final AccessRules OPEN = new AccessRules(null);

    /** Nothing is allowed. */
    public static final AccessRules CLOSED = new AccessRules(List.of());

    /** Stands for the consumer's name in {@code paths}. */
    private static final String CONSUMER = "{consumer}";

    private final @Nullable List<Rule> rules;

    private AccessRules(@Nullable List<Rule> rules) {
        this.rules = rules;
    }

    /**
     * One rule. It allows a use if all its parts match; an empty part matches everything.
     *
     * @param consumers patterns of consumer names
     * @param labels labels that the consumer must have, with these values
     * @param paths patterns of paths; {@code {consumer}} stands for the consumer's name
     */
    record Rule(List<Glob> consumers, Map<String, String> labels, List<Glob> paths) {
        public Rule {
            consumers = List.copyOf(consumers);
            labels = Map.copyOf(labels);
            paths = List.copyOf(paths);
        }

        private boolean allows(String consumer, Map<String, String> consumerLabels, String path) {
            return (consumers.isEmpty() || consumers.stream().anyMatch(glob -> glob.matches(consumer, consumer)))
                    && consumerLabels.entrySet().containsAll(labels.entrySet())
                    && (paths.isEmpty() || paths.stream().anyMatch(glob -> glob.matches(consumer, path)));
        }

        private boolean allowsWithoutConsumer(String path) {
            return consumers.isEmpty()
                    && labels.isEmpty()
                    && paths.stream().anyMatch(glob -> !glob.namesConsumer() && glob.matches("", path));
        }
    }

    /** A pattern in which {@code *} matches any text without a slash, and {@code **} any text. */
    static final class Glob {
        /**
         * Separates the consumer's name from the text around it. No name and no path contains it, so neither can
         * imitate the other.
         */
        private static final char NUL = 0;

        private static final Pattern TOKEN = Pattern.compile(Pattern.quote(CONSUMER) + "|\\*\\*|\\*|[^*{]+|\\{");

        private final String text;
        private final Pattern compiled;

        Glob(String text) {
            this.text = text;
            StringBuilder expression = new StringBuilder("([^\\x00]*)\\x00");
            TOKEN.matcher(text)
                    .results()
                    .map(MatchResult::group)
                    .forEach(token -> expression.append(
                            switch (token) {
                                case CONSUMER -> "\\1";
                                case "**" -> ".*";
                                case "*" -> "[^/]*";
                                default -> Pattern.quote(token);
                            }));
            this.compiled = Pattern.compile(expression.toString(), Pattern.DOTALL);
        }

        boolean matches(String consumer, String candidate) {
            return consumer.indexOf(NUL) < 0
                    && candidate.indexOf(NUL) < 0
                    && compiled.matcher(consumer + NUL + candidate).matches();
        }

        private boolean namesConsumer() {
            return text.contains(CONSUMER);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Glob glob && glob.text.equals(text);
        }

        @Override
        public int hashCode() {
            return text.hashCode();
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Reads the list {@code access} of a provider object. */
    static AccessRules read(Settings object) {
        // YAML's empty list arrives as an empty text; it still denies every consumer.
        if (!object.present(CommonFields.ACCESS.name())) {
            return OPEN;
        }
        return new AccessRules(rules(
                object,
                CommonFields.ACCESS,
                "allows everything; name consumers, labels or paths, or leave access out"));
    }

    /**
     * Reads the list {@code inject} of a provider object: which paths may be sent to upstreams. A route's writer chooses the
     * upstream, so without the list nothing is allowed, and each rule names paths.
     */
    static AccessRules readInject(Settings object) {
        if (!object.present(CommonFields.INJECT.name())) {
            return CLOSED;
        }
        List<Rule> rules = rules(object, CommonFields.INJECT, "allows everything; name paths");
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            if (rule.paths().isEmpty()
                    && !(rule.consumers().isEmpty() && rule.labels().isEmpty())) {
                object.problem(
                        CommonFields.INJECT.name() + "[" + i + "]." + CommonFields.PATHS.name(),
                        "name the paths that may be sent to upstreams, for example [\"upstream/*\"]");
            }
        }
        return new AccessRules(rules);
    }

    private static List<Rule> rules(Settings object, Field field, String tooWide) {
        List<Rule> rules = new ArrayList<>();
        for (Settings rule : object.list(field.name())) {
            List<Glob> consumers =
                    rule.texts(CommonFields.CONSUMERS).stream().map(Glob::new).toList();
            Map<String, String> labels = rule.map(CommonFields.CONSUMER_LABELS.name());
            List<Glob> paths =
                    rule.texts(CommonFields.PATHS).stream().map(Glob::new).toList();
            if (consumers.isEmpty() && labels.isEmpty() && paths.isEmpty()) {
                rule.problem("", tooWide);
            }
            rules.add(new Rule(consumers, labels, paths));
        }
        return rules;
    }

    /** Returns whether every consumer may refer to every path. */
    public boolean open() {
        return rules == null;
    }

    /** Returns whether a consumer may use the reference. */
    public boolean allow(String consumer, Map<String, String> labels, SecretReference reference) {
        return rules == null || rules.stream().anyMatch(rule -> rule.allows(consumer, labels, reference.path()));
    }

    /** Returns whether the reference may be used for requests of any consumer, and of none. */
    public boolean allow(SecretReference reference) {
        return rules == null || rules.stream().anyMatch(rule -> rule.allowsWithoutConsumer(reference.path()));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AccessRules access && Objects.equals(access.rules, rules);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(rules);
    }

    @Override
    public String toString() {
        return "AccessRules" + (rules == null ? "[open]" : rules.toString());
    }
}
