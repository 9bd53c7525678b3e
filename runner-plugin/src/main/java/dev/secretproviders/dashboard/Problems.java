package dev.secretproviders.dashboard;

import dev.secretproviders.dashboard.Dashboard.Framework;
import dev.secretproviders.dashboard.page.Visit;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.View;
import org.springframework.web.servlet.ViewResolver;

/** Shows what is wrong with a request as a page of the dashboard. For one request. */
final class Problems {
    private final Framework framework;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private @Nullable Visit visit;

    Problems(Framework framework, HttpServletRequest request, HttpServletResponse response) {
        this.framework = framework;
        this.request = request;
        this.response = response;
    }

    /** Makes the page one of the navigation that this visit sees. */
    void visit(Visit known) {
        visit = known;
    }

    /** Shows a page with a status and what to do next. */
    void show(int status, String message) throws ServletException, IOException {
        response.setStatus(status);
        Map<String, @Nullable Object> model = model();
        model.put("status", status);
        model.put("message", message);
        render("problem", model);
    }

    /** Shows a page that loads itself again. */
    void loadAgain() throws ServletException, IOException {
        render("again", model());
    }

    private Map<String, @Nullable Object> model() {
        Map<String, @Nullable Object> model = new HashMap<>();
        model.put("assets", framework.assets());
        model.put("visit", visit);
        return model;
    }

    private void render(String name, Map<String, @Nullable Object> model) throws ServletException, IOException {
        request.setAttribute(DispatcherServlet.WEB_APPLICATION_CONTEXT_ATTRIBUTE, framework.context());
        try {
            View view = framework
                    .context()
                    .getBean("viewResolver", ViewResolver.class)
                    .resolveViewName(name, Locale.ENGLISH);
            if (view != null) {
                view.render(model, request, response);
            }
        } catch (IOException | ServletException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }
}
