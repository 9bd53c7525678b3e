package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Keyboard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A user without a mouse logs in and makes a provider, and always sees where they are. */
@ExtendWith(InBrowser.class)
class DashboardKeyboardTest {
    private static final int MOST_STEPS = 120;
    /** The name of the focused element. */
    private static final String NAME = """
            (() => {
              const at = document.activeElement;
              const label = at.labels && at.labels.length ? at.labels[0].querySelector("span")?.innerText ?? at.labels[0].innerText : "";
              return (label || at.innerText || at.getAttribute("aria-label") || "").trim();
            })()
            """;
    /** Whether the focused element can be seen, is marked, and does not come before the one that had the focus. */
    private static final String FLAW = """
            (() => {
              const at = document.activeElement;
              const style = getComputedStyle(at);
              const box = at.getBoundingClientRect();
              const before = window.lastFocus;
              window.lastFocus = at;
              const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
              const seen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
                && box.top < innerHeight && box.left < innerWidth;
              const inOrder = !before || !before.isConnected
                || Boolean(before.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING);
              const flaws = [marked ? "" : "not marked", seen ? "" : "not in view", inOrder ? "" : "out of order"];
              return flaws.filter(Boolean).map((flaw) => flaw + ": " + at.outerHTML.slice(0, 200)).join();
            })()
            """;

    @Test
    void logsInAndMakesAProviderWithTheKeyboardOnly(DashboardServer server, Chromium chromium) {
        try (Tab tab = chromium.open(server.address())) {
            Keyboard keys = tab.page().keyboard();
            tab.show("/dashboard/login");
            keys.type(server.admin().token());
            keys.press("Enter");
            tab.page().waitForURL(url -> !url.contains("/login"));

            keys.press("Tab");
            assertThat(tab.ask(NAME)).isEqualTo("Skip to the content");
            assertThat(tab.ask(FLAW)).isEqualTo("");
            keys.press("Enter");
            assertThat(tab.ask("document.activeElement.id")).isEqualTo("main");

            tab.show("/dashboard/references");
            press(tab, "Providers");
            press(tab, "New provider");
            press(tab, "vault");
            write(tab, "Name", "typed");
            write(tab, "uri", server.bao().uri().toString());
            write(tab, "prefix", "kv");
            write(tab, "token", server.bao().rootToken());
            press(tab, "Create");
            tab.page().waitForURL(url -> url.endsWith("/dashboard/providers/vault/typed"));
            server.admin().get("/admin/providers/vault/typed").expect(200);
        }
    }

    /** Goes to the link or button by the Tab key and presses it. */
    private static void press(Tab tab, String name) {
        goTo(tab, name, NAME);
        String before = tab.page().url();
        tab.page().keyboard().press("Enter");
        tab.page().waitForURL(url -> !url.equals(before));
    }

    /** Goes to the field by the Tab key and writes into it. */
    private static void write(Tab tab, String field, String text) {
        goTo(tab, field, """
                ((name) => name.startsWith("f.") ? name.slice(2) : name === "id" ? "Name" : "")(document.activeElement.name ?? "")
                """);
        tab.page().keyboard().type(text);
    }

    private static void goTo(Tab tab, String name, String script) {
        for (int step = 0; step < MOST_STEPS; step++) {
            tab.page().keyboard().press("Tab");
            assertThat(tab.ask(FLAW)).isEqualTo("");
            if (name.equals(tab.ask(script))) {
                return;
            }
            // Sections open with the keyboard, too.
            if (Boolean.TRUE.equals(tab.ask("document.activeElement.matches('main summary')"))) {
                tab.page().keyboard().press("Enter");
            }
        }
        throw new AssertionError("the Tab key does not lead to " + name + " on " + tab.path());
    }
}
