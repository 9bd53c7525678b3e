package dev.secretproviders.app.settings;

import dev.secretproviders.settings.Problems;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/** The fields {@code logging.level.*}. Spring reads them at the start, {@code Reload} reads them later. */
public final class LogLevels {
    /** The prefix of all fields with log levels. */
    public static final String PREFIX = "logging.level.";

    private LogLevels() {}

    /** Reports unknown levels. */
    static void check(Map<String, Object> written, Problems problems) {
        written.forEach((field, value) -> {
            if (field.startsWith(PREFIX) && !value.toString().contains("${") && !isLevel(value.toString())) {
                problems.add(
                        field,
                        "expected one of "
                                + Arrays.stream(LogLevel.values())
                                        .map(LogLevel::name)
                                        .collect(Collectors.joining(", "))
                                + ", not '" + value + "'");
            }
        });
    }

    /** Sets the level of a logger. Null makes the logger inherit its level. */
    public static void set(String logger, @Nullable String level) {
        String root = LoggingSystem.ROOT_LOGGER_NAME;
        LoggingSystem.get(LogLevels.class.getClassLoader())
                .setLogLevel(
                        logger.equalsIgnoreCase(root) ? root : logger,
                        level == null || level.isBlank() ? null : LogLevel.valueOf(name(level)));
    }

    private static boolean isLevel(String level) {
        return level.isBlank()
                || Arrays.stream(LogLevel.values())
                        .anyMatch(known -> known.name().equals(name(level)));
    }

    /** Returns the name of a level. YAML reads an unquoted off as false. */
    private static String name(String level) {
        String name = level.strip().toUpperCase(Locale.ROOT);
        return name.equals("FALSE") ? "OFF" : name;
    }
}
