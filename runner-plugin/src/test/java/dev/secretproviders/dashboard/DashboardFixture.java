package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.dashboard.page.Links;
import dev.secretproviders.dashboard.session.SessionSettings;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.startup.Tomcat;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/** The dashboard over HTTP, with the Admin API of {@link AdminFixture}. */
public final class DashboardFixture implements AutoCloseable {
    private static final Links LINKS = new Links(List.of(
            new Links.Link("Grafana", "https://grafana.example/d/all"),
            new Links.Link("Logs", "https://logs.example/?host={node}")));

    public final AdminFixture admin;
    public final Dashboard dashboard;
    private volatile Duration later = Duration.ZERO;
    private final Tomcat tomcat = new Tomcat();
    private final HttpClient http = HttpClient.newHttpClient();
    private final int port;

    /** An answer. */
    public record Page(int status, String text, HttpResponse<String> response) {
        public Document html() {
            return Jsoup.parse(text);
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        public Page expect(int wanted) {
            assertThat(status).as(response.uri() + ": " + words()).isEqualTo(wanted);
            return this;
        }

        /** Returns what the page says, without its marks. */
        public String words() {
            return html().body().text();
        }
    }

    public DashboardFixture(Path directory) throws Exception {
        this(directory, 0);
    }

    public DashboardFixture(Path directory, int port) throws Exception {
        this(new AdminFixture(directory), directory, port);
    }

    /** Opens the dashboard of an Admin API, which is closed with it. */
    public DashboardFixture(AdminFixture admin, Path directory, int port) throws LifecycleException {
        this(
                admin,
                directory,
                port,
                new DashboardSettings(
                        true, new SessionSettings(Duration.ofMinutes(30), Duration.ofHours(12)), LINKS, null, null));
    }

    /** Opens the dashboard with these settings. */
    public DashboardFixture(AdminFixture admin, Path directory, int port, DashboardSettings settings)
            throws LifecycleException {
        this.admin = admin;
        InstantSource clock = () -> Clock.systemUTC().instant().plus(later);
        this.dashboard = new Dashboard(settings, () -> admin.api, clock);
        tomcat.setBaseDir(directory.resolve("tomcat-dashboard").toString());
        tomcat.setPort(port);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        tomcat.getConnector().setProperty("compression", "on");
        tomcat.getConnector().setProperty("compressibleMimeType", "text/html");
        Context context = tomcat.addContext("", null);
        Wrapper servlet = Tomcat.addServlet(context, "dashboard", dashboard.servlet());
        servlet.addMapping("/dashboard/*");
        servlet.addMapping("");
        servlet.setAsyncSupported(true);
        tomcat.start();
        this.port = tomcat.getConnector().getLocalPort();
    }

    /**
     * Makes the local providers {@code own} and {@code other} with a secret of Jack and one of Rose, and waits until no
     * reference of the gateway's objects is loading.
     *
     * @param gateway the objects, as {@code apisix.yaml} has them
     */
    public void fill(String gateway) throws IOException {
        admin.put("/admin/providers/local/own", "{}").expect(201);
        admin.put("/admin/providers/local/other", "{}").expect(201);
        admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'a-key-of-jack-in-the-store'}}")
                .expect(201);
        admin.put("/admin/secrets/other/rose", "{'fields': {'key': 'a-key-of-rose-in-the-store'}}")
                .expect(201);
        admin.gateway(gateway);
        await().until(() -> admin.get("/admin/references?state=loading")
                        .json()
                        .path("total")
                        .asInt()
                == 0);
    }

    /** Lets time pass for sessions. */
    public void pass(Duration time) {
        later = later.plus(time);
    }

    public int port() {
        return port;
    }

    /** Returns a browser that is logged in with a new token of a role. */
    public Browser as(String role) {
        return loggedIn(admin.token(role, ""));
    }

    /** Returns a browser that is logged in as an admin. */
    public Browser asAdmin() {
        return loggedIn(admin.firstToken);
    }

    /** Returns a browser that is logged in with a token. */
    public Browser loggedIn(String text) {
        Browser browser = browser();
        browser.logIn(text).expect(302);
        return browser;
    }

    /** Returns a browser without a session. */
    public Browser browser() {
        return new Browser();
    }

    /** A browser without JavaScript. It keeps its cookie and does not follow redirects. */
    public final class Browser {
        private String cookie = "";

        public Page logIn(String text) {
            return send("/dashboard/login", Map.of("token", text));
        }

        public Page get(String path, String... headers) {
            return call(request(path, headers).GET().build());
        }

        /** Sends a form, with the hidden field that proves its page. */
        public Page post(String path, Map<String, String> fields) {
            Element proof = get("/dashboard/providers/new").html().expectFirst("input[name=csrf]");
            assertThat(proof).as("a page with a form").isNotNull();
            Map<String, String> all = new TreeMap<>(fields);
            all.put("csrf", proof.attr("value"));
            return send(path, all);
        }

        /** Sends these fields and no others. */
        public Page send(String path, Map<String, String> fields, String... headers) {
            String body = fields.entrySet().stream()
                    .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
                    .collect(Collectors.joining("&"));
            HttpRequest.Builder request = request(path, headers)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString(body));
            if (!List.of(headers).contains("Sec-Fetch-Site")
                    && !List.of(headers).contains("Origin")) {
                request.header("Sec-Fetch-Site", "same-origin");
            }
            return call(request.build());
        }

        public Page method(String name, String path) {
            return call(request(path).method(name, BodyPublishers.noBody()).build());
        }

        public String cookie() {
            return cookie;
        }

        public void cookie(String text) {
            cookie = text;
        }

        private HttpRequest.Builder request(String path, String... headers) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                    .timeout(Duration.ofSeconds(30));
            if (!cookie.isEmpty()) {
                request.header("Cookie", "sp-session=" + cookie);
            }
            if (headers.length > 0) {
                request.headers(headers);
            }
            return request;
        }

        private Page call(HttpRequest request) {
            try {
                HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
                response.headers().firstValue("Set-Cookie").ifPresent(set -> {
                    String value = set.substring(set.indexOf('=') + 1);
                    cookie = value.substring(0, value.indexOf(';'));
                });
                return new Page(response.statusCode(), response.body(), response);
            } catch (IOException e) {
                throw new AssertionError(request.uri().toString(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
        dashboard.close();
        http.close();
        admin.close();
    }
}
