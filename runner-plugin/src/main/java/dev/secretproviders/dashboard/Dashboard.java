package dev.secretproviders.dashboard;

import dev.secretproviders.admin.AdminApi;
import dev.secretproviders.dashboard.live.LiveTopics;
import dev.secretproviders.dashboard.openid.OpenIdLogin;
import dev.secretproviders.dashboard.page.Assets;
import dev.secretproviders.dashboard.page.Links;
import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.session.Sessions;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;

/**
 * Assembles the dashboard. Its framework is made at the first request, so that the start of a runner does not wait for it.
 * Thread-safe.
 */
public final class Dashboard implements AutoCloseable {
    private final Sessions sessions;
    private final Links links;
    private final LiveTopics topics = new LiveTopics();
    private final PageThreads threads = new PageThreads();
    private final Supplier<@Nullable AdminApi> api;
    private final @Nullable OpenIdLogin openId;
    private @Nullable Framework framework;

    /**
     * What renders the pages.
     *
     * @param rooms all areas, in their order
     */
    record Framework(
            DispatcherServlet dispatcher,
            AnnotationConfigWebApplicationContext context,
            Assets assets,
            List<Room> rooms) {}

    /**
     * Prepares the dashboard.
     *
     * @param api returns null while the store cannot be reached
     */
    public Dashboard(DashboardSettings settings, Supplier<@Nullable AdminApi> api, InstantSource clock) {
        this.links = settings.links();
        this.sessions = new Sessions(settings.session(), clock);
        this.api = api;
        this.openId = settings.openId() == null ? null : new OpenIdLogin(settings.openId(), clock);
    }

    /** Returns the servlet for {@code /dashboard/*} and for {@code /} itself. */
    public HttpServlet servlet() {
        return new DashboardServlet(this);
    }

    /** Returns the sessions of this runner. */
    public Sessions sessions() {
        return sessions;
    }

    /** Returns the threads that make pages. */
    PageThreads threads() {
        return threads;
    }

    /** Returns what open pages are told of. */
    public LiveTopics topics() {
        return topics;
    }

    /** Returns the Admin API, or null while the store cannot be reached. */
    @Nullable
    AdminApi api() {
        AdminApi now = api.get();
        if (now != null) {
            now.dashboard().serve(sessions);
        }
        return now;
    }

    /** Returns the Admin API. While the store cannot be reached, this ends the request with a page that says so. */
    AdminApi requiredApi() {
        AdminApi now = api();
        if (now == null) {
            throw new PageException(503, "The store cannot be reached. Try again soon.");
        }
        return now;
    }

    /** Returns the log-in by OpenID Connect, or null if it is not configured. */
    @Nullable
    OpenIdLogin openId() {
        return openId;
    }

    /** Returns what renders the pages, and makes it at the first call. */
    synchronized Framework framework(ServletContext servlets) throws ServletException {
        Framework made = framework;
        if (made == null) {
            AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext();
            context.setServletContext(servlets);
            context.setClassLoader(Dashboard.class.getClassLoader());
            context.addBeanFactoryPostProcessor(beans -> {
                beans.registerSingleton("dashboard", this);
                beans.registerSingleton("sessions", sessions);
                beans.registerSingleton("links", links);
                beans.registerSingleton("topics", topics);
            });
            context.register(Pages.class);
            DispatcherServlet dispatcher = new DispatcherServlet(context);
            dispatcher.setDispatchOptionsRequest(false);
            dispatcher.setEnableLoggingRequestDetails(false);
            dispatcher.init(new Named(servlets));
            List<Room> rooms = context.getBeansOfType(Room.class).values().stream()
                    .sorted(Comparator.comparingInt(Room::order))
                    .toList();
            made = new Framework(dispatcher, context, context.getBean(Assets.class), rooms);
            framework = made;
        }
        return made;
    }

    @Override
    public synchronized void close() {
        threads.close();
        if (openId != null) {
            openId.close();
        }
        Framework made = framework;
        if (made != null) {
            made.dispatcher().destroy();
            made.context().close();
        }
    }

    /** The framework asks a servlet for its name. */
    private record Named(ServletContext servlets) implements ServletConfig {
        @Override
        public String getServletName() {
            return "dashboard-pages";
        }

        @Override
        public ServletContext getServletContext() {
            return servlets;
        }

        @Override
        public @Nullable String getInitParameter(String name) {
            return null;
        }

        @Override
        public Enumeration<String> getInitParameterNames() {
            return Collections.emptyEnumeration();
        }
    }
}
