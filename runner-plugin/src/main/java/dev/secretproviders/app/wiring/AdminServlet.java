package dev.secretproviders.app.wiring;

import dev.secretproviders.app.control.ControlPlane;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Serves {@code /admin/*} as soon as the store is open, and says so until then. */
final class AdminServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final int UNAVAILABLE = 503;
    private static final byte[] NOT_YET =
            "{\"error_msg\":\"the store cannot be reached yet; see the log\"}".getBytes(StandardCharsets.UTF_8);

    @SuppressWarnings("serial") // Servlets are serializable in name only.
    private final Runner runner;

    AdminServlet(Runner runner) {
        this.runner = runner;
    }

    @Override
    public void service(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        ControlPlane control = runner.control();
        if (control != null) {
            control.servlet().service((jakarta.servlet.ServletRequest) request, response);
            return;
        }
        response.setStatus(UNAVAILABLE);
        response.setHeader("Retry-After", "1");
        response.setContentType("application/json");
        response.getOutputStream().write(NOT_YET);
    }
}
