package dev.secretproviders.app.wiring;

import dev.secretproviders.admin.push.PushServlet;
import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.app.health.HealthWatch;
import dev.secretproviders.app.health.ProvidersHealth;
import dev.secretproviders.app.health.ReadyHealth;
import dev.secretproviders.app.health.RunnerHealth;
import dev.secretproviders.app.health.StoreHealth;
import dev.secretproviders.app.logs.StartLog;
import dev.secretproviders.app.metrics.ControlMetrics;
import dev.secretproviders.app.metrics.HealthMetrics;
import dev.secretproviders.app.port.Ports;
import dev.secretproviders.dashboard.Dashboard;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.servlet.http.HttpServlet;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.availability.ApplicationAvailabilityBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;

/**
 * The Admin API and the management endpoints: health, readiness and metrics. The runner is passed in and runs already.
 */
@SpringBootApplication(
        proxyBeanMethods = false,
        // Only Azure's client needs Jackson 2. Otherwise Spring would load it at each start and write health's JSON
        // with it.
        // The dashboard sets up its templates by itself, at the first request for a page.
        excludeName = {
            "org.springframework.boot.actuate.autoconfigure.endpoint.jackson.Jackson2EndpointAutoConfiguration",
            "org.springframework.boot.thymeleaf.autoconfigure.ThymeleafAutoConfiguration"
        })
class Management {

    @Bean
    PrometheusRegistry prometheusRegistry(Runner runner, Map<String, HealthIndicator> health) {
        PrometheusRegistry registry = new PrometheusRegistry();
        runner.metrics().registerWith(registry);
        registry.register(new ControlMetrics(runner::control));
        registry.register(new HealthMetrics(health));
        return registry;
    }

    @Bean("runnerHealthIndicator")
    RunnerHealth runnerHealth(Runner runner) {
        return new RunnerHealth(
                new RunnerHealth.Parts(
                        runner.directory(),
                        runner.consumers()::status,
                        runner.server()::problems,
                        runner.server()::eventProblem,
                        runner.jarProblems()),
                InstantSource.system());
    }

    @Bean("readyHealthIndicator")
    HealthIndicator readyHealth(Runner runner) {
        return new ReadyHealth(runner.directory());
    }

    @Bean("providersHealthIndicator")
    ProvidersHealth providersHealth(Runner runner) {
        return new ProvidersHealth(runner.resolver(), runner.directory(), InstantSource.system());
    }

    @Bean("storeHealthIndicator")
    HealthIndicator storeHealth(Runner runner) {
        return new StoreHealth(runner::control);
    }

    /**
     * The runner answers requests before these endpoints do, so it is alive and ready when they bind their port. Boot
     * would say so only at the end of its own start, and health would be DOWN until then.
     */
    @Bean
    ApplicationAvailabilityBean applicationAvailability() {
        ApplicationAvailabilityBean availability = new ApplicationAvailabilityBean();
        availability.onApplicationEvent(new AvailabilityChangeEvent<>(this, LivenessState.CORRECT));
        availability.onApplicationEvent(new AvailabilityChangeEvent<>(this, ReadinessState.ACCEPTING_TRAFFIC));
        return availability;
    }

    @Bean
    HealthWatch healthWatch(Runner runner, RunnerHealth runnerHealth, ProvidersHealth providersHealth) {
        return new HealthWatch(runner.directory(), runnerHealth, providersHealth);
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> clearOnLoopbackOnly(Ports ports) {
        return factory -> ports.serve(factory, ClearOnLoopbackProtocol.class);
    }

    /** Also for a port of its own that health and metrics have. */
    @Bean
    ApplicationListener<WebServerInitializedEvent> servingLog(Ports ports) {
        return event -> {
            int port = event.getWebServer().getPort();
            ports.whenOpen(() -> StartLog.serving(port));
        };
    }

    /** Also for a port of its own that health and metrics have. */
    @Bean
    ApplicationListener<WebServerInitializedEvent> plainPathsOnly() {
        return event -> {
            if (event.getWebServer() instanceof TomcatWebServer server) {
                server.getTomcat().getEngine().getPipeline().addValve(new PlainPaths());
            }
        };
    }

    @Bean
    ServletRegistrationBean<AdminServlet> adminApi(Runner runner) {
        return new ServletRegistrationBean<>(new AdminServlet(runner), "/admin/*");
    }

    @Bean
    ServletRegistrationBean<PushServlet> pushedEvents(Runner runner) {
        PushServlet servlet = new PushServlet(
                runner.pushes(), runner.registry(), runner.resolver(), () -> opened(runner), Clock.systemUTC());
        ServletRegistrationBean<PushServlet> events = new ServletRegistrationBean<>(servlet, "/events/*");
        events.setName("events");
        events.setEnabled(runner.pushes().enabled());
        return events;
    }

    private static PushServlet.@Nullable Opened opened(Runner runner) {
        ControlPlane control = runner.control();
        return control == null ? null : new PushServlet.Opened(control.api().authenticator(), control.audit());
    }

    /** The pages themselves are made at the first request for one. */
    @Bean
    Dashboard dashboard(Runner runner) {
        Dashboard dashboard = new Dashboard(
                runner.dashboard(),
                () -> {
                    ControlPlane control = runner.control();
                    return control == null ? null : control.api();
                },
                InstantSource.system());
        if (runner.dashboard().enabled()) {
            LiveEvents events = new LiveEvents(dashboard.topics());
            runner.resolver().addListener(events);
            runner.directory().addListener(events);
        }
        return dashboard;
    }

    @Bean
    ServletRegistrationBean<HttpServlet> dashboardPages(Runner runner, Dashboard dashboard) {
        // An empty pattern is the address without any path.
        ServletRegistrationBean<HttpServlet> pages =
                new ServletRegistrationBean<>(dashboard.servlet(), "/dashboard/*", "");
        pages.setName("dashboard");
        pages.setAsyncSupported(true);
        pages.setEnabled(runner.dashboard().enabled());
        return pages;
    }
}
