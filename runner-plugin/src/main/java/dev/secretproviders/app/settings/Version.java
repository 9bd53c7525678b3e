package dev.secretproviders.app.settings;

import dev.secretproviders.crypto.FipsModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;

/** What is running, as the build wrote it down. */
public final class Version {
    private static final String BUILD_INFO = "/META-INF/build-info.properties";

    private Version() {}

    /** Returns for example {@code 0.1.0 (Java 25.0.1)}. */
    public static String text() {
        return property("build.version", "development build") + " (Java " + Runtime.version() + ")";
    }

    /** Returns what {@code --version} prints. The cryptographic module is not loaded for it, which takes half a second. */
    public static List<String> lines() {
        return List.of(
                "secret-providers " + text(), FipsModule.NAME + " " + property("build.bc-fips", "of this build"));
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
