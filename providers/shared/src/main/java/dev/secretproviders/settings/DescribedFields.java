package dev.secretproviders.settings;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldValues;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads described fields: with the readers of {@link Settings} for names, and what the description says of the value. */
interface DescribedFields extends FieldValues {
    boolean has(String name);

    String path(String name);

    void problem(String name, String problem);

    String text(String name);

    @Nullable
    String optionalText(String name);

    List<String> texts(String name);

    String choice(String name, List<String> allowed);

    int integer(String name, int fallback, int min, int max);

    boolean flag(String name, boolean fallback);

    Duration duration(String name, Duration fallback);

    @Nullable
    URI httpUri(String name);

    @Nullable
    Path readableFile(String name);

    @Override
    default boolean has(Field field) {
        return has(field.name());
    }

    @Override
    default String path(Field field) {
        return path(field.name());
    }

    @Override
    default void problem(Field field, String problem) {
        problem(field.name(), problem);
    }

    @Override
    default String text(Field field) {
        String value = optionalText(field);
        return value == null ? text(field.name()) : value;
    }

    @Override
    default @Nullable String optionalText(Field field) {
        Object fallback = field.fallback();
        if (!field.choices().isEmpty()) {
            return choice(field.name(), field.choices());
        }
        String value = optionalText(field.name());
        if (value == null) {
            return fallback == null ? null : fallback.toString();
        }
        Pattern pattern = field.pattern();
        if (pattern != null && !pattern.matcher(value).matches()) {
            problem(field, "expected " + field.expected());
            return fallback == null ? value : fallback.toString();
        }
        return value;
    }

    @Override
    default List<String> texts(Field field) {
        return texts(field.name());
    }

    @Override
    default int integer(Field field) {
        int fallback = (Integer) Objects.requireNonNull(field.fallback());
        int least = bound(field.least(), Integer.MIN_VALUE);
        int value = integer(field.name(), fallback, field.zero() ? 0 : least, bound(field.most(), Integer.MAX_VALUE));
        if (value != 0 && value < least) {
            problem(field, "expected 0 for no limit, or at least " + least);
            return fallback;
        }
        return value;
    }

    private static int bound(@Nullable Long bound, int none) {
        return bound == null ? none : Math.toIntExact(bound);
    }

    @Override
    default boolean flag(Field field) {
        return flag(field.name(), Boolean.TRUE.equals(field.fallback()));
    }

    @Override
    default Duration duration(Field field) {
        Duration fallback = Objects.requireNonNull(
                Durations.parse(Objects.requireNonNull(field.fallback()).toString()));
        Duration value = duration(field.name(), fallback);
        Long least = field.least();
        Long most = field.most();
        if (least != null && most != null && (value.toMillis() < least || value.toMillis() > most)) {
            problem(field, "expected a duration from " + Durations.text(least) + " to " + Durations.text(most));
        } else if (least != null && value.toMillis() < least) {
            problem(field, "must be at least " + Durations.text(least));
        }
        return value;
    }

    @Override
    default @Nullable URI httpUri(Field field) {
        URI value = httpUri(field.name());
        Object fallback = field.fallback();
        if (value == null && field.required()) {
            text(field.name());
        }
        return value == null && fallback != null ? URI.create(fallback.toString()) : value;
    }

    @Override
    default @Nullable Path readableFile(Field field) {
        return readableFile(field.name());
    }
}
