package dev.secretproviders.app.wiring;

import jakarta.servlet.ServletException;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Refuses paths that Spring Boot answers with 500 and a stack trace in the log: with path parameters, and its own page for errors. The
 * Admin API reads its paths itself, so that they pass.
 */
final class PlainPaths extends ValveBase {
    private static final String ADMIN = "/admin/";
    private static final int MALFORMED = 400;
    private static final int ABSENT = 404;

    PlainPaths() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        String path = request.getRequestURI();
        if (path.startsWith(ADMIN)) {
            getNext().invoke(request, response);
        } else if (path.indexOf(';') >= 0) {
            response.setStatus(MALFORMED);
        } else if (path.equals("/error")) {
            response.setStatus(ABSENT);
        } else {
            getNext().invoke(request, response);
        }
    }
}
