package dev.secretproviders.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Registers the filters in the official runner; {@code META-INF/spring.factories} names this class. */
@Configuration(proxyBeanMethods = false)
public class PeerFilters {
    /** The system property that names the file with keys and consumers. */
    public static final String KEYS = "peer.keys";

    @Bean
    PluginFilter noop() {
        return new NoopFilter();
    }

    @Bean
    PluginFilter keys() throws IOException {
        return KeyFilter.reading(Path.of(System.getProperty(KEYS)));
    }
}
