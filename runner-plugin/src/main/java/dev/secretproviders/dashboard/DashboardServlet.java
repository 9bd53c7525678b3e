package dev.secretproviders.dashboard;

import dev.secretproviders.admin.AdminApi;
import dev.secretproviders.dashboard.Dashboard.Framework;
import dev.secretproviders.dashboard.page.Assets;
import dev.secretproviders.dashboard.page.Room;
import dev.secretproviders.dashboard.page.Visit;
import dev.secretproviders.dashboard.session.SameOrigin;
import dev.secretproviders.dashboard.session.SessionCookie;
import dev.secretproviders.dashboard.session.Sessions;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.thymeleaf.exceptions.TemplateProcessingException;

/**
 * Receives each request for the dashboard. Sets the headers that keep a browser safe, finds the session, and refuses what
 * another site sent. Only then a page is made.
 */
final class DashboardServlet extends HttpServlet {
    static final String HOME = "/dashboard";
    static final String LOGIN = HOME + "/login";
    private static final String LIVE = HOME + "/live";

    /** Pages below it are for everybody, because a person sees them before the log-in. */
    private static final String FOR_EVERYBODY = LOGIN + "/";

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(DashboardServlet.class);
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    @SuppressWarnings("serial") // Servlets are serializable in name only.
    private final Dashboard dashboard;

    DashboardServlet(Dashboard dashboard) {
        this.dashboard = dashboard;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (request.getDispatcherType() == DispatcherType.ASYNC) {
            // The end of a stream. It was checked when it began, and its session may have ended since.
            dashboard.framework(getServletContext()).dispatcher().service(request, response);
            return;
        }
        headers(response);
        String method = request.getMethod();
        boolean reads = method.equals("GET") || method.equals("HEAD");
        // Made once, here, since that takes a second of a processor that a thread of low priority may not get soon.
        Framework framework = dashboard.framework(getServletContext());
        if (reads && mayWait(request.getRequestURI())) {
            dashboard.threads().make(() -> serve(framework, request, response, true));
        } else {
            serve(framework, request, response, reads);
        }
    }

    /** Actions, streams and log-ins start other threads, which must not have a low priority. */
    private static boolean mayWait(String path) {
        return !path.equals(LIVE) && !path.startsWith(FOR_EVERYBODY);
    }

    private void serve(Framework framework, HttpServletRequest request, HttpServletResponse response, boolean reads)
            throws ServletException, IOException {
        Problems problems = new Problems(framework, request, response);
        String path = request.getRequestURI();
        try {
            if (!reads && !request.getMethod().equals("POST")) {
                response.setHeader("Allow", "GET, HEAD, POST");
                problems.show(405, "The method is not one of GET, HEAD and POST.");
            } else if (path.startsWith(Assets.PATH)) {
                asset(framework.assets().at(path), request, response, problems);
            } else if (!reads && !SameOrigin.sent(request)) {
                problems.show(
                        403,
                        "The browser did not say that this request comes from a page of this dashboard. Open the dashboard"
                                + " by its https address, or as 127.0.0.1 or localhost, and try again.");
            } else {
                page(framework, request, response, problems, reads);
            }
        } catch (IOException e) {
            // The browser is gone.
            throw e;
        } catch (ServletException | RuntimeException e) {
            // The message may quote the input, which may be secret.
            LOG.error("a page of the dashboard failed: {}", causes(e));
            if (!response.isCommitted()) {
                problems.show(500, "The page could not be made. The log of the runner says where it failed.");
            }
        }
    }

    private static String causes(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable e = failure; e != null; e = e.getCause()) {
            StackTraceElement[] trace = e.getStackTrace();
            text.append(text.isEmpty() ? "" : ", caused by ")
                    .append(e.getClass().getName())
                    .append(" at ")
                    .append(trace.length == 0 ? "an unknown place" : trace[0]);
            if (e instanceof TemplateProcessingException template) {
                // Its message quotes the template, and no data.
                text.append(" (").append(template.getMessage()).append(')');
            }
        }
        return text.toString();
    }

    private static void headers(HttpServletResponse response) {
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("X-Frame-Options", "DENY");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        response.setHeader("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
        response.setHeader("Cache-Control", "no-store");
    }

    private static void asset(
            Assets.@Nullable Asset asset, HttpServletRequest request, HttpServletResponse response, Problems problems)
            throws IOException, ServletException {
        if (asset == null) {
            problems.show(404, "There is no such file. Load the page again.");
            return;
        }
        response.setHeader("Cache-Control", "public, max-age=31536000, immutable");
        response.setHeader("Vary", "Accept-Encoding");
        response.setContentType(asset.type());
        response.setCharacterEncoding("UTF-8");
        String accepted = request.getHeader("Accept-Encoding");
        byte[] bytes = asset.content();
        if (accepted != null && accepted.contains("gzip")) {
            response.setHeader("Content-Encoding", "gzip");
            bytes = asset.compressed();
        }
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }

    private void page(
            Framework framework,
            HttpServletRequest request,
            HttpServletResponse response,
            Problems problems,
            boolean reads)
            throws ServletException, IOException {
        AdminApi api = dashboard.api();
        String path = request.getRequestURI();
        if (api == null) {
            response.setHeader("Retry-After", "1");
            problems.show(503, "The store cannot be reached yet. The log of the runner says why. Try again soon.");
            return;
        }
        // A page that updates by itself must not keep a session alive.
        boolean byItself = path.equals(LIVE) || request.getHeader("X-Live") != null;
        Sessions.Current current =
                dashboard.sessions().find(SessionCookie.of(request), request.getRemoteAddr(), !byItself);
        if (current == null) {
            if (path.equals(LOGIN) || path.startsWith(FOR_EVERYBODY)) {
                framework.dispatcher().service(request, response);
            } else {
                logInFirst(request, response, problems, reads);
            }
            return;
        }
        Visit visit = new Visit(
                current.session(),
                current.caller(),
                api.calls(),
                framework.rooms(),
                request.getHeader("HX-Request") == null);
        problems.visit(visit);
        if (!reads
                && !path.equals(LOGIN)
                && !path.startsWith(FOR_EVERYBODY)
                && !current.session().proves(proof(request))) {
            problems.show(403, "This form is from another session. Load the page again, and repeat what you did.");
        } else if (path.equals("/") || path.equals(HOME) || path.equals(HOME + "/")) {
            home(response, visit, problems);
        } else {
            request.setAttribute(Visit.class.getName(), visit);
            framework.dispatcher().service(request, response);
        }
    }

    private static @Nullable String proof(HttpServletRequest request) {
        String header = request.getHeader("X-CSRF-Token");
        return header == null ? request.getParameter("csrf") : header;
    }

    private static void home(HttpServletResponse response, Visit visit, Problems problems)
            throws IOException, ServletException {
        List<Room> rooms = visit.rooms();
        if (rooms.isEmpty()) {
            problems.show(403, "Your roles do not include the right to see anything here.");
        } else {
            response.sendRedirect(rooms.getFirst().path());
        }
    }

    private static void logInFirst(
            HttpServletRequest request, HttpServletResponse response, Problems problems, boolean reads)
            throws IOException, ServletException {
        String path = request.getRequestURI();
        if (request.getHeader("HX-Request") != null) {
            // A part of a page: the whole page has to be left.
            response.setHeader("HX-Refresh", "true");
            response.setStatus(401);
        } else if (!reads) {
            problems.show(401, "Your session has ended, and nothing was changed. Log in and repeat what you did.");
        } else if (SameOrigin.ledHereByAnotherSite(request)) {
            // The browser keeps the cookie back for a link of another site. It sends the cookie when the page loads
            // again.
            problems.loadAgain();
        } else if (path.equals("/") || path.equals(HOME) || path.equals(HOME + "/")) {
            response.sendRedirect(LOGIN);
        } else {
            String query = request.getQueryString();
            String target = query == null ? path : path + "?" + query;
            response.sendRedirect(LOGIN + "?to=" + URLEncoder.encode(target, StandardCharsets.UTF_8));
        }
    }
}
