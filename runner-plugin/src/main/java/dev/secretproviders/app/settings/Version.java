package dev.secretproviders.app.settings;

import dev.secretproviders.crypto.FipsModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;

/** The version of the runner, which the build records. */
public final class Version {
    private static final String BUILD_INFO = "/META-INF/build-info.properties";

    private Version() {}

    /** Returns for example {@code 0.1.0 (Java 25.0.1)}. */
    public static String text() {
        return property("build.version", "development build") + " (Java " + Runtime.version() + ")";
    }

    /** Returns the lines of {@code --version} without the Java runtime, which the launcher adds to the first. */
    public static List<String> named() {
        return List.of(
                "secret-providers " + property("build.version", "development build"),
                FipsModule.NAME + " " + property("build.bc-fips", "of this build"));
    }

    /** Returns the lines of {@code --version}. Does not load the cryptographic module, which takes half a second. */
    public static List<String> lines() {
        return List.of("secret-providers " + text(), named().getLast());
    }

    private static String property(String name, String fallback) {
        try (InputStream in = Version.class.getResourceAsStream(BUILD_INFO)) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty(name, fallback);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
