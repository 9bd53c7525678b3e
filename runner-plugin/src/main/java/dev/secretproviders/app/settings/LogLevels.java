package dev.secretproviders.app.settings;

import dev.secretproviders.spi.Problems;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/** The fields {@code logging.level.*}, which Spring reads at the start, and {@code Reload} later. */
public final class LogLevels {
    public static final String PREFIX = "logging.level.";

    private LogLevels() {}

    /** Reports levels that there are not. */
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

    /** Sets the level of a logger; null for that of the logger above it. */
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

    /** YAML makes false of an unquoted off. */
    private static String name(String level) {
        String name = level.strip().toUpperCase(Locale.ROOT);
        return name.equals("FALSE") ? "OFF" : name;
    }
}
