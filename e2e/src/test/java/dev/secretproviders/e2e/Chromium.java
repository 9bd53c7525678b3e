package dev.secretproviders.e2e;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The Chromium of the distribution, without a window. Each {@link Tab} has cookies and a cache of its own. Not safe for
 * use by several threads.
 */
final class Chromium implements AutoCloseable {
    private static final List<String> PROGRAMS =
            List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome");
    private static final int WIDTH = 1280;
    private static final int HEIGHT = 800;

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    /**
     * Starts it.
     *
     * @throws IllegalStateException if this machine has no Chromium; the message says how to get it
     */
    static Chromium start() {
        Path program = program();
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        try {
            // In a container, the user is root and the sandbox cannot start. The pages are our own.
            List<String> options = List.of("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage");
            Browser browser = playwright
                    .chromium()
                    .launch(new BrowserType.LaunchOptions()
                            .setExecutablePath(program)
                            .setArgs(options));
            return new Chromium(playwright, browser);
        } catch (RuntimeException e) {
            playwright.close();
            throw e;
        }
    }

    private static Path program() {
        String named = System.getenv("CHROMIUM");
        if (named != null && !named.isEmpty()) {
            return Path.of(named);
        }
        String path = System.getenv().getOrDefault("PATH", "");
        return PROGRAMS.stream()
                .flatMap(name -> Stream.of(path.split(Pattern.quote(File.pathSeparator), -1))
                        .filter(directory -> !directory.isEmpty())
                        .map(directory -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("Chromium is missing. Remedy: apt-get install chromium,"
                        + " or set CHROMIUM to the path of the program"));
    }

    /** Opens a tab of a new user in a window of usual size. */
    Tab open(String address) {
        return open(address, new Browser.NewContextOptions());
    }

    /** Opens a tab of a new user whose device has dark colours. */
    Tab dark(String address) {
        return open(address, new Browser.NewContextOptions().setColorScheme(ColorScheme.DARK));
    }

    /** Opens a tab of a new user whose browser runs no script. */
    Tab withoutScript(String address) {
        return open(address, new Browser.NewContextOptions().setJavaScriptEnabled(false));
    }

    private Tab open(String address, Browser.NewContextOptions options) {
        if (options.viewportSize == null) {
            options.setViewportSize(WIDTH, HEIGHT);
        }
        return new Tab(browser.newContext(options), address);
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
