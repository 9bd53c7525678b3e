package dev.secretproviders.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class ManagementTest {
    private static final List<HttpResponse<String>> ANSWERS = new ArrayList<>();

    /** The endpoints without the runner. It asks them while Boot's start is under way. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(
            excludeName = {
                "org.springframework.boot.actuate.autoconfigure.endpoint.jackson.Jackson2EndpointAutoConfiguration",
                "org.springframework.boot.thymeleaf.autoconfigure.ThymeleafAutoConfiguration"
            })
    static class Endpoints {
        @Bean
        ApplicationAvailabilityBean applicationAvailability() {
            return new Management().applicationAvailability();
        }

        @Bean
        ApplicationListener<WebServerInitializedEvent> asksEarly() {
            return event -> {
                for (String group : List.of("", "/liveness")) {
                    ANSWERS.add(get(event.getWebServer().getPort(), "/actuator/health" + group));
                }
            };
        }

        private static HttpResponse<String> get(int port, String path) {
            try (HttpClient client = HttpClient.newHttpClient()) {
                return client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
            } catch (IOException e) {
                throw new AssertionError(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void healthIsUpAsSoonAsThePortIsBound() {
        SpringApplication application = new SpringApplication(Endpoints.class);
        application.setRegisterShutdownHook(false);
        try (ConfigurableApplicationContext _ = application.run(
                "--server.port=0", "--management.endpoint.health.group.readiness.include=readinessState")) {
            assertThat(ANSWERS).hasSize(2).allSatisfy(answer -> {
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                assertThat(answer.body()).contains("\"status\":\"UP\"").doesNotContain("DOWN", "OUT_OF_SERVICE");
            });
        } finally {
            ANSWERS.clear();
        }
    }
}
