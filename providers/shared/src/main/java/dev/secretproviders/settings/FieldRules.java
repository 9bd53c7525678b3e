package dev.secretproviders.settings;

import dev.secretproviders.spi.Condition;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks the conditions between the fields of one section: which are required, need another one, or exclude each other.
 */
final class FieldRules {
    private final Settings object;

    FieldRules(Settings object) {
        this.object = object;
    }

    /** Reports broken conditions, except for fields that have a problem already. */
    void check(List<Field> fields) {
        check("", fields);
    }

    private void check(String section, List<Field> fields) {
        for (Field field : fields) {
            String name = section + field.name();
            String problem = object.concerned(name) ? null : problem(section, field, fields);
            if (problem != null) {
                object.problem(name, problem);
            }
            if (field.type() == FieldType.SECTION) {
                check(name + ".", field.fields());
            }
        }
    }

    private @Nullable String problem(String section, Field field, List<Field> fields) {
        if (!object.holds(section + field.name())) {
            Condition when = field.requiredWhen();
            boolean there = section.isEmpty() || object.holds(section.substring(0, section.length() - 1));
            boolean due = field.required() || (when != null && applies(section, when, fields));
            if (!there || !due) {
                return null;
            }
            return "is required" + (when == null || !when.values().isEmpty() ? "" : " together with " + when.field());
        }
        Condition only = field.onlyWhen();
        if (only != null && !applies(section, only, fields)) {
            return only.values().isEmpty()
                    ? "needs " + only.field()
                    : "means nothing to the " + only.field() + " " + value(section, only, fields) + "; it belongs to "
                            + String.join(", ", only.values());
        }
        List<String> others = field.excludes().stream()
                .filter(other -> object.holds(section + other))
                .toList();
        return others.isEmpty()
                ? null
                : "cannot be used together with " + String.join(", ", others) + "; write one of them";
    }

    private boolean applies(String section, Condition when, List<Field> fields) {
        if (when.values().isEmpty()) {
            return object.holds(section + when.field());
        }
        String value = value(section, when, fields);
        return when.values().stream().anyMatch(value::equalsIgnoreCase);
    }

    private String value(String section, Condition when, List<Field> fields) {
        String written = object.peek(section + when.field());
        if (written != null) {
            return written.strip();
        }
        return fields.stream()
                .filter(field -> field.name().equals(when.field()) && field.fallback() != null)
                .map(field -> String.valueOf(field.fallback()))
                .findFirst()
                .orElse("");
    }
}
