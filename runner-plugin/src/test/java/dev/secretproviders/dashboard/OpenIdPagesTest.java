package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.dashboard.openid.OpenIdLogin;
import dev.secretproviders.peers.OpenIdProvider;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.io.IOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Log-in at a real OpenID provider, from the dashboard's log-in page and back. */
class OpenIdPagesTest {
    @TempDir
    private Path directory;

    private String home = "";
    private OpenIdProvider provider;
    private DashboardFixture fixture;

    @BeforeEach
    void start() throws Exception {
        int port = freePort();
        home = "http://127.0.0.1:" + port;
        provider = OpenIdProvider.start(List.of(home + OpenIdLogin.BACK_PATH), List.of(home + "/dashboard"));
        provider.user("ada", Map.of("name", "<b>Ada</b>", "groups", List.of("ops")));
        provider.user("cy", Map.of("groups", List.of("others")));
        fixture = new DashboardFixture(new AdminFixture(directory), directory, port, settings());
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
        provider.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private DashboardSettings settings() {
        Problems problems = new Problems();
        Settings root = Settings.root(
                Map.of(
                        "dashboard",
                        Map.of(
                                "url",
                                home,
                                "oidc",
                                Map.of(
                                        "issuer",
                                        provider.issuer().toString(),
                                        "client-id",
                                        OpenIdProvider.CLIENT,
                                        "client-secret",
                                        provider.clientSecret(),
                                        "scopes",
                                        "openid,profile,groups",
                                        "roles",
                                        List.of(Map.of("group", "ops", "roles", "operator"))))),
                problems);
        DashboardSettings settings = DashboardSettings.read(root.section("dashboard"), Map.of());
        root.finish();
        problems.throwIfAny();
        return settings;
    }

    /** A browser with all of its cookies. It does not follow redirects. */
    private final class Visitor {
        private final CookieManager cookies = new CookieManager();
        private final HttpClient http =
                HttpClient.newBuilder().cookieHandler(cookies).build();

        HttpResponse<String> get(String path, String... headers) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(home).resolve(path));
            return send(headers.length == 0 ? request : request.headers(headers));
        }

        HttpResponse<String> post(String path) {
            String proof = Jsoup.parse(get("/dashboard/providers").body())
                    .expectFirst("input[name=csrf]")
                    .attr("value");
            return send(HttpRequest.newBuilder(URI.create(home).resolve(path))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .header("Sec-Fetch-Site", "same-origin")
                    .POST(BodyPublishers.ofString("csrf=" + proof)));
        }

        private HttpResponse<String> send(HttpRequest.Builder request) {
            try {
                return http.send(request.build(), BodyHandlers.ofString());
            } catch (IOException e) {
                throw new AssertionError(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }

        URI begin() {
            return begin("/dashboard/login/openid");
        }

        URI begin(String path) {
            HttpResponse<String> begun = get(path);
            assertThat(begun.statusCode()).as(begun.body()).isEqualTo(302);
            return URI.create(begun.headers().firstValue("Location").orElseThrow());
        }

        HttpResponse<String> logIn(String user) {
            return get(provider.signIn(begin(), user).toString());
        }

        List<String> cookieNames() {
            return cookies.getCookieStore().getCookies().stream()
                    .map(HttpCookie::getName)
                    .toList();
        }
    }

    private static String words(HttpResponse<String> page) {
        return Jsoup.parse(page.body()).body().text();
    }

    @Test
    void theLogInPageLeadsToTheProviderAndBack() throws Exception {
        Visitor ada = new Visitor();
        assertThat(Jsoup.parse(ada.get("/dashboard/login").body())
                        .select("a[href=/dashboard/login/openid]")
                        .text())
                .isEqualTo("Log in with 127.0.0.1");

        HttpResponse<String> begun = ada.get("/dashboard/login/openid");
        assertThat(begun.headers().firstValue("Set-Cookie").orElse(""))
                .startsWith("sp-login=")
                .contains("HttpOnly", "SameSite=Lax", "Path=/dashboard/login/openid", "Max-Age=600");
        URI request = URI.create(begun.headers().firstValue("Location").orElse(""));
        HttpResponse<String> back = ada.get(provider.signIn(request, "ada").toString());

        assertThat(back.statusCode()).as(words(back)).isEqualTo(200);
        assertThat(back.body()).contains("http-equiv=\"refresh\" content=\"0;url=/dashboard\"");
        assertThat(back.headers().allValues("Set-Cookie"))
                .anyMatch(cookie -> cookie.startsWith("sp-session=")
                        && cookie.contains("SameSite=Strict")
                        && cookie.contains("HttpOnly"));
        assertThat(ada.cookieNames()).containsExactly("sp-session");
        HttpResponse<String> page = ada.get("/dashboard/providers");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("&lt;b&gt;Ada&lt;/b&gt; (openid ada)").doesNotContain("<b>Ada");
        await().untilAsserted(() -> assertThat(fixture.admin.audited()).contains("login openid/ada"));
        assertThat(fixture.admin.get("/admin/sessions").text())
                .contains("\"subject\":\"openid/ada\"", "\"roles\":[\"operator\"]");
    }

    @Test
    void theLogInLeadsToThePageThatWasAskedFor() {
        Visitor ada = new Visitor();
        String login = ada.get("/dashboard/references?search=a%26b&state=failed")
                .headers()
                .firstValue("Location")
                .orElseThrow();
        String link = Jsoup.parse(ada.get(login).body())
                .expectFirst("a[href^=/dashboard/login/openid]")
                .attr("href");
        URI request = ada.begin(link);
        assertThat(request.toString()).doesNotContain("references");

        HttpResponse<String> back = ada.get(provider.signIn(request, "ada").toString());

        assertThat(Jsoup.parse(back.body())
                        .expectFirst("meta[http-equiv=refresh]")
                        .attr("content"))
                .isEqualTo("0;url=/dashboard/references?search=a%26b&state=failed");
    }

    @Test
    void theLogInLeadsToNoOtherSite() {
        for (String target : List.of(
                "https://evil.example/",
                "//evil.example/",
                "/dashboard/../../evil",
                "/dashboard/providers/../../admin/tokens",
                "/dashboard//evil.example",
                "/dashboard/login/openid",
                "/dashboard@evil.example",
                "javascript:alert(1)",
                "/dashboard/x\" onload=\"alert(1)",
                "/admin/tokens")) {
            Visitor ada = new Visitor();
            URI request = ada.begin("/dashboard/login/openid?to=" + URLEncoder.encode(target, StandardCharsets.UTF_8));

            HttpResponse<String> back = ada.get(provider.signIn(request, "ada").toString());

            assertThat(Jsoup.parse(back.body())
                            .expectFirst("meta[http-equiv=refresh]")
                            .attr("content"))
                    .as(target)
                    .isEqualTo("0;url=/dashboard");
        }
    }

    @Test
    void withoutAGroupNobodyComesInAndThatIsRecorded() {
        Visitor cy = new Visitor();

        HttpResponse<String> back = cy.logIn("cy");

        assertThat(back.statusCode()).isEqualTo(403);
        assertThat(words(back)).contains("none of your groups has a role here", "dashboard.oidc.roles");
        assertThat(cy.cookieNames()).isEmpty();
        await().untilAsserted(() -> assertThat(fixture.admin.get("/admin/audit").text())
                .contains("\"success\":false", "cy (openid)", "no group of the user has a role"));
    }

    @Test
    void anAnswerThatThisBrowserDidNotAskForIsRefused() {
        Visitor victim = new Visitor();
        URI back = provider.signIn(new Visitor().begin(), "ada");

        HttpResponse<String> answer = victim.get(back.toString());

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(words(answer)).contains("begun no log-in here");
        assertThat(victim.cookieNames()).isEmpty();
    }

    @Test
    void theBrowserBeginsAtTheConfiguredAddress() {
        String port = home.substring(home.lastIndexOf(':'));
        String path = "/dashboard/login/openid?to=%2Fdashboard%2Frunners";
        HttpRequest other = HttpRequest.newBuilder(URI.create("http://localhost" + port + path))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(other, BodyHandlers.ofString());

            assertThat(answer.headers().firstValue("Location")).hasValue(home + path);
            assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aProviderThatIsDownIsSaidWithARemedy() {
        provider.stop();

        HttpResponse<String> answer = new Visitor().get("/dashboard/login/openid");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(words(answer)).contains("cannot be reached", "log in with a token");
    }

    @Test
    void logOutOffersToLogOutAtTheProviderToo() {
        Visitor ada = new Visitor();
        assertThat(ada.logIn("ada").statusCode()).isEqualTo(200);

        HttpResponse<String> out = ada.post("/dashboard/logout");

        assertThat(Jsoup.parse(out.body()).select("a[href^=" + provider.issuer() + "/session/end]"))
                .hasSize(1);
        assertThat(ada.get("/dashboard/providers").statusCode()).isEqualTo(302);
    }

    @Test
    void logOutEverywhereEndsTheOtherBrowserToo() {
        Visitor ada = new Visitor();
        Visitor elsewhere = new Visitor();
        assertThat(ada.logIn("ada").statusCode()).isEqualTo(200);
        assertThat(elsewhere.logIn("ada").statusCode()).isEqualTo(200);

        assertThat(ada.post("/dashboard/logout/everywhere").statusCode()).isEqualTo(200);

        assertThat(elsewhere.get("/dashboard/providers").statusCode()).isEqualTo(302);
        await().untilAsserted(() -> assertThat(fixture.admin.audited()).contains("session.end openid/ada"));
    }
}
