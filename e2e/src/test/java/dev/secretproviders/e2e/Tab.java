package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.TimeoutError;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.WaitForSelectorState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A user's tab. It keeps what the browser complains of on pages of the dashboard: messages of the console, which include each violation of the
 * content security policy, and failures of scripts. Not safe for use by several threads.
 */
final class Tab implements AutoCloseable {
    /** Keeps how far the layout shifted without the user's doing. */
    private static final String WATCH_LAYOUT = """
            window.layoutShift = 0;
            window.layoutShifts = [];
            new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
              if (!entry.hadRecentInput) {
                window.layoutShift += entry.value;
                entry.sources.forEach((source) => window.layoutShifts.push(
                  `${(source.node?.outerHTML ?? source.node?.parentNode?.outerHTML ?? "").slice(0, 120)} moved by`
                  + ` ${source.currentRect.x - source.previousRect.x}, ${source.currentRect.y - source.previousRect.y}`));
              }
            })).observe({ type: "layout-shift", buffered: true });
            """;

    private static final String OPEN_SECTIONS = """
            (field) => {
              for (let part = field.parentElement; part; part = part.parentElement) {
                if (part.matches("details")) { part.open = true; }
              }
            }
            """;

    private final BrowserContext context;
    private final Page page;
    private final String base;
    private final List<String> complaints = new ArrayList<>();

    Tab(BrowserContext context, String base) {
        this.context = context;
        this.base = base;
        context.setDefaultTimeout(15_000);
        this.page = context.newPage();
        page.addInitScript(WATCH_LAYOUT);
        page.onConsoleMessage(message -> {
            boolean ours = page.url().startsWith(base);
            if (ours && (message.type().equals("error") || message.type().equals("warning"))) {
                complaints.add(page.url() + ": " + message.text());
            }
        });
        page.onPageError(failure -> complaints.add(page.url() + ": " + failure));
    }

    Page page() {
        return page;
    }

    BrowserContext context() {
        return context;
    }

    /** Opens a page of the dashboard. */
    Response open(String path) {
        Response response = page.navigate(base + path);
        assertThat(response).as(path).isNotNull();
        return response;
    }

    /** Opens a page that must be there. */
    Tab show(String path) {
        assertThat(open(path).status()).as(path).isEqualTo(200);
        return this;
    }

    /** Logs in with a token and waits for the first page. */
    Tab logIn(String token) {
        show("/dashboard/login");
        page.fill("#token", token);
        press("Log in");
        page.waitForURL(url -> !url.contains("/login"));
        return this;
    }

    /** Presses the button with exactly this text. */
    Tab press(String text) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(text).setExact(true))
                .first()
                .click();
        return this;
    }

    /** Follows the link of the content with exactly this text; some look like buttons. */
    Tab follow(String text) {
        Locator main = page.locator("main");
        Locator.GetByRoleOptions named =
                new Locator.GetByRoleOptions().setName(text).setExact(true);
        main.getByRole(AriaRole.LINK, named)
                .or(main.getByRole(AriaRole.BUTTON, named))
                .first()
                .click();
        return this;
    }

    /** Fills in the field that an object of the Admin API has at this path, such as {@code cache.ttl}. */
    Tab field(String path, String value) {
        return fill("[name='f." + path + "']", value);
    }

    /** Fills in a field, and opens the sections that hide it. */
    Tab fill(String selector, String value) {
        Locator field = page.locator(selector);
        field.evaluate(OPEN_SECTIONS);
        field.fill(value);
        return this;
    }

    /** Waits until the page shows a text. */
    Tab sees(String text) {
        try {
            page.getByText(text).first().waitFor();
            return this;
        } catch (TimeoutError e) {
            throw new AssertionError("'" + text + "' is not on " + path() + ", which says: " + words(), e);
        }
    }

    /** Waits until a part of the page shows a text. */
    void seesIn(String selector, String text) {
        part(selector, text).waitFor();
    }

    /** Waits until a part of the page shows a text no more. */
    void seesNoMoreIn(String selector, String text) {
        part(selector, text).waitFor(new Locator.WaitForOptions().setState(WaitForSelectorState.DETACHED));
    }

    private Locator part(String selector, String text) {
        return page.locator(selector, new Page.LocatorOptions().setHasText(text));
    }

    /** Returns the text of the content, as it is shown. */
    String words() {
        return page.locator("main").innerText();
    }

    /** Returns the path and the query of the page. */
    String path() {
        return page.url().substring(base.length());
    }

    /** Returns what a script says about the page. */
    @Nullable
    Object ask(String script) {
        return page.evaluate(script);
    }

    double number(String script) {
        Object answer = ask(script);
        assertThat(answer).as(script).isInstanceOf(Number.class);
        return answer instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /** Returns what the browser has complained of, and forgets it. */
    List<String> complaints() {
        List<String> all = List.copyOf(complaints);
        complaints.clear();
        return all;
    }

    @Override
    public void close() {
        context.close();
    }
}
