package dev.secretproviders.app.settings;

import dev.secretproviders.settings.Settings;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code tracing} of the configuration.
 *
 * @param otlp where spans are sent
 * @param sampleRatio the share of traces that are sent, above 0 and at most 1
 */
public record TracingSettings(OtlpSettings otlp, double sampleRatio) {
    /**
     * Reads the section; null if tracing is off, or if the section has a problem, which goes to it.
     *
     * @param environment where {@code $env://NAME} is looked up
     */
    static @Nullable TracingSettings read(Settings root, Map<String, String> environment) {
        if (!root.has("tracing")) {
            return null;
        }
        Settings section = root.section("tracing");
        OtlpSettings otlp = OtlpSettings.read(section, environment);
        if (otlp == null && !section.has("otlp")) {
            section.problem("otlp.endpoint", "is required, for example https://collector.example:4318");
        }
        double ratio = ratio(section);
        return otlp == null ? null : new TracingSettings(otlp, ratio);
    }

    private static double ratio(Settings section) {
        String text = section.text("sample-ratio", "1");
        try {
            double ratio = Double.parseDouble(text.strip());
            if (ratio > 0 && ratio <= 1) {
                return ratio;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        section.problem("sample-ratio", "expected a number above 0 and at most 1, such as 0.1");
        return 1;
    }
}
