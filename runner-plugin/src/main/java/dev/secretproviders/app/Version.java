package dev.secretproviders.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What is running, as the build wrote it down. */
final class Version {
    private static final String BUILD_INFO = "/META-INF/build-info.properties";

    private Version() {}

    /** Returns for example {@code 0.1.0 (Java 25.0.1)}. */
    static String text() {
        return product() + " (Java " + Runtime.version() + ")";
    }

    private static String product() {
        try (InputStream in = Version.class.getResourceAsStream(BUILD_INFO)) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("build.version", "development build");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
