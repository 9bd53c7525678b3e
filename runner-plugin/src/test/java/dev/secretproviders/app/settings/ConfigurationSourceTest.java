package dev.secretproviders.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.core.env.ConfigurableEnvironment;

/** A start and a reload read what Spring Boot would read. */
class ConfigurationSourceTest {
    private static final String JSON = "spring.application.json";

    @Test
    void springsOwnJsonOverridesTheFilesButIsNoFile() {
        System.setProperty(JSON, "{\"server\":{\"port\":9191}}");
        try {
            ConfigurableEnvironment environment = new ConfigurationSource(null, null).read();

            assertThat(environment.getProperty("server.port")).isEqualTo("9191");
            assertThat(ConfigurationSource.written(environment)).isEmpty();
        } finally {
            System.clearProperty(JSON);
        }
    }

    @Test
    void randomValuesAndTheProcessAreKnown() {
        ConfigurableEnvironment environment = new ConfigurationSource(null, null).read();

        assertThat(environment.getProperty("random.uuid")).hasSize(36);
        assertThat(environment.getProperty("spring.application.pid", Long.class))
                .isEqualTo(ProcessHandle.current().pid());
    }

    @Test
    void aFieldIsFoundInAnySpelling() {
        System.setProperty("runner.eventLoops", "3");
        try {
            assertThat(new ConfigurationSource(null, null).read().getProperty("runner.event-loops"))
                    .isEqualTo("3");
        } finally {
            System.clearProperty("runner.eventLoops");
        }
    }
}
