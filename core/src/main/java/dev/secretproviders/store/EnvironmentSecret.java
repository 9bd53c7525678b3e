package dev.secretproviders.store;

import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads settings that hold a secret and are needed before any provider works: a literal, or {@code $env://NAME}. */
public final class EnvironmentSecret {
    private static final Pattern REFERENCE = Pattern.compile("(?i)\\$(env|secret)://(.*)");

    private EnvironmentSecret() {}

    /**
     * Returns the secret of a field: null if the field is absent, an empty one if it cannot be read, which is reported.
     */
    public static @Nullable Secret read(Settings settings, String name, Map<String, String> environment) {
        String text = settings.optionalText(name);
        if (text == null) {
            return null;
        }
        Matcher reference = REFERENCE.matcher(text);
        if (!reference.matches()) {
            return Secret.ofUtf8(text);
        }
        String value = ProviderId.ENVIRONMENT.manager().equalsIgnoreCase(reference.group(1))
                ? environment.get(reference.group(2))
                : null;
        if (value == null) {
            settings.problem(name, "expected $env://NAME of a variable that is set");
            return Secret.ofUtf8("");
        }
        return Secret.ofUtf8(value);
    }
}
