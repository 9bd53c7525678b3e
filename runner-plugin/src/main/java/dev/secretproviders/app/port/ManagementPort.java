package dev.secretproviders.app.port;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;

/** A port of its own that health and metrics have. Boot finds this class by its name in {@code META-INF/spring}. */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
class ManagementPort {
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> portOfManagement(Ports ports) {
        return factory -> ports.serve(factory, PortProtocol.class);
    }
}
