package dev.secretproviders.app.logs;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.core.env.ConfigurableEnvironment;

/** Logging as the section {@code logging} of the configuration says, set up once for the whole process. */
public final class ConfiguredLogging {
    private ConfiguredLogging() {}

    /** Keeps libraries from logging at their own levels until {@link #apply}. */
    public static void silence() {
        LoggingSystem.get(ConfiguredLogging.class.getClassLoader()).beforeInitialize();
    }

    /**
     * Sets up logging.
     *
     * @param application any, which Boot's code asks for its class loader
     * @throws RuntimeException if Spring Boot cannot use the section; the message may quote a value
     */
    public static void apply(SpringApplication application, ConfigurableEnvironment environment) {
        new LoggingApplicationListener()
                .onApplicationEvent(new ApplicationEnvironmentPreparedEvent(
                        new DefaultBootstrapContext(), application, new String[0], environment));
        LibraryLogs.install();
    }
}
