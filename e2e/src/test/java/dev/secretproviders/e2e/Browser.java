package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Debian's Chromium with pages of one runner's dashboard. Each page has its own session. What a page writes to the console as
 * an error fails the test when the browser is closed: a violation of the content security policy is one.
 */
final class Browser implements AutoCloseable {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    private static final double TIMEOUT_MS = 15_000;

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser browser;
    private final String base;
    private final List<String> errors = new CopyOnWriteArrayList<>();

    private Browser(Playwright playwright, com.microsoft.playwright.Browser browser, String base) {
        this.playwright = playwright;
        this.browser = browser;
        this.base = base;
    }

    /**
     * Starts Chromium. Without one, the test is left out, except in CI.
     *
     * @param base the address of the runner
     */
    static Browser start(String base) {
        Path chromium = find();
        if (System.getenv("CI") == null) {
            assumeThat(chromium)
                    .as("Chromium: set CHROMIUM, or install chromium")
                    .isNotNull();
        }
        Objects.requireNonNull(chromium, "there is no Chromium: set CHROMIUM, or install chromium");
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        com.microsoft.playwright.Browser browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(chromium)
                        // The sandbox needs user namespaces, which containers and root often lack. Only our pages are
                        // shown.
                        .setArgs(List.of("--no-sandbox")));
        return new Browser(playwright, browser, base);
    }

    private static @Nullable Path find() {
        Stream<String> places = Arrays.stream(
                        Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator, -1))
                .flatMap(directory -> NAMES.stream().map(name -> directory + "/" + name));
        return Stream.concat(Optional.ofNullable(System.getenv("CHROMIUM")).stream(), places)
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    /** Opens a page without a session. */
    Page page() {
        return page(new com.microsoft.playwright.Browser.NewContextOptions());
    }

    /** Opens a page of this width without a session. */
    Page page(int width) {
        return page(new com.microsoft.playwright.Browser.NewContextOptions().setViewportSize(width, 780));
    }

    /** Opens a page that runs no script, without a session. */
    Page withoutScripts() {
        return page(new com.microsoft.playwright.Browser.NewContextOptions().setJavaScriptEnabled(false));
    }

    /** Opens a page in dark colours, without a session. */
    Page dark() {
        return page(new com.microsoft.playwright.Browser.NewContextOptions().setColorScheme(ColorScheme.DARK));
    }

    private Page page(com.microsoft.playwright.Browser.NewContextOptions options) {
        BrowserContext context = browser.newContext(options.setBaseURL(base));
        context.setDefaultTimeout(TIMEOUT_MS);
        Page page = context.newPage();
        page.onConsoleMessage(message -> {
            // Chromium reports each answer from 400 on, and tests ask for such answers.
            if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
                errors.add(page.url() + ": " + message.text());
            }
        });
        page.onPageError(error -> errors.add(page.url() + ": " + error));
        return page;
    }

    /** Logs in with a token. */
    static Page loggedIn(Page page, String text) {
        page.navigate("/dashboard");
        page.getByLabel("Token of the Admin API").fill(text);
        page.locator("button[type=submit]").click();
        return page;
    }

    /** Fails if axe finds something on the page that keeps people from using it. */
    static void isAccessible(Page page) {
        assertThat(new AxeBuilder(page).analyze().getViolations())
                .as(page.url())
                .extracting(rule -> rule.getId() + ": " + rule.getNodes())
                .isEmpty();
    }

    /** Fails if the page is wider than its window. */
    static void fits(Page page) {
        assertThat(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
                .as(page.url())
                .isEqualTo(0);
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
        assertThat(errors).as("errors on the console").isEmpty();
    }
}
