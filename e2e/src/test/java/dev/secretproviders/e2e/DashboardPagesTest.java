package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every page of the dashboard, found by following links, in a real browser: usable by everybody, also in dark colours,
 * on a narrow phone and without scripts; quick, calm, and without a secret.
 */
@ExtendWith(InBrowser.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardPagesTest {
    private static final String OVERFLOW =
            "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    /** Parts that are wider than the window, unless they scroll in a box. */
    private static final String TOO_WIDE = """
            [...document.querySelectorAll("body *")].filter((part) => {
              let box = part.parentElement;
              while (box && getComputedStyle(box).overflowX === "visible") { box = box.parentElement; }
              return (!box || box === document.documentElement) && part.getBoundingClientRect().right > innerWidth + 1;
            }).map((part) => part.outerHTML.slice(0, 120)).slice(-3).join("; ")
            """;

    private static final String PAINTED = """
            () => new Promise((done) => {
              setTimeout(done, 5000);
              new PerformanceObserver((list) => {
                if (list.getEntriesByName("first-contentful-paint").length > 0) {
                  requestAnimationFrame(() => requestAnimationFrame(done));
                }
              }).observe({ type: "paint", buffered: true });
            })
            """;

    private static final String PAINT =
            "performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime)[0] ?? -1";
    private static final String TABLE_ROWS = "document.querySelectorAll('main tbody tr').length";
    private static final double NO_SHIFT = 0.01;
    /** The place of the nice value in {@code /proc/PID/task/TID/stat}, after the name. */
    private static final int NICE = 16;

    /** A machine with two busy processors paints late. */
    private static final double QUICK_MILLIS = 2_000;

    /** A provider that can be changed, and one whose manager does not answer. */
    private static final String[] MORE = {
        "/dashboard/providers/vault/prod",
        "/dashboard/providers/vault/away",
        "/dashboard/consumers/zoe",
        "/dashboard/references?resource_type=route",
        "/dashboard/references/graph?from=certificate%2Fshop"
    };

    /** Colours change slowly, and axe would see them half-way. */
    private static final String FINISH = "document.getAnimations().forEach((animation) => animation.finish())";

    private final Map<String, Seen> pages = new LinkedHashMap<>();
    private final DashboardServer server;
    private final Chromium chromium;

    DashboardPagesTest(DashboardServer server, Chromium chromium) {
        this.server = server;
        this.chromium = chromium;
    }

    /** What was found on a page. Positive overflow: the width in pixels by which it is too wide for a phone. */
    private record Seen(
            String heading,
            String source,
            int rows,
            double paint,
            double shift,
            String moved,
            double overflow,
            String tooWide,
            List<String> complaints,
            List<String> violations,
            List<String> violationsInTheDark) {}

    @BeforeAll
    void look() {
        try (Tab tab = chromium.open(server.address())) {
            tab.logIn(server.admin().token());
            DashboardPages.visit(tab, path -> pages.put(path, look(tab)), MORE);
        }
        System.out.printf(
                "%d pages, first paint %.0f ms on average, %.0f at most, layout shift %.4f at most%n",
                pages.size(),
                pages.values().stream().mapToDouble(Seen::paint).average().orElse(-1),
                pages.values().stream().mapToDouble(Seen::paint).max().orElse(-1),
                pages.values().stream().mapToDouble(Seen::shift).max().orElse(-1));
    }

    private static Seen look(Tab tab) {
        Page page = tab.page();
        // Changes that the script makes after it has loaded count, too.
        tab.ask(PAINTED);
        double paint = tab.number(PAINT);
        double shift = tab.number("window.layoutShift");
        String moved = String.valueOf(tab.ask("window.layoutShifts.join('; ')"));
        String source = page.content();
        int rows = (int) tab.number(TABLE_ROWS);
        String heading = page.locator("h1").first().innerText();
        List<String> violations = Axe.violations(tab);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        tab.ask(FINISH);
        List<String> dark = Axe.violations(tab);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
        tab.ask(FINISH);
        page.setViewportSize(360, 740);
        double overflow = tab.number(OVERFLOW);
        String tooWide = String.valueOf(tab.ask(TOO_WIDE));
        page.setViewportSize(1280, 800);
        return new Seen(
                heading, source, rows, paint, shift, moved, overflow, tooWide, tab.complaints(), violations, dark);
    }

    private List<String> pagesWith(Predicate<Seen> flaw) {
        return pagesWith(flaw, _ -> "");
    }

    private List<String> pagesWith(Predicate<Seen> flaw, Function<Seen, String> detail) {
        return pages.entrySet().stream()
                .filter(page -> flaw.test(page.getValue()))
                .map(page -> page.getKey() + " " + detail.apply(page.getValue()))
                .toList();
    }

    @Test
    void eachAreaIsFound() {
        assertThat(pages.keySet())
                .contains(
                        "/dashboard/overview",
                        "/dashboard/providers",
                        "/dashboard/providers/new",
                        "/dashboard/references",
                        "/dashboard/secrets",
                        "/dashboard/certificates",
                        "/dashboard/certificates/new",
                        "/dashboard/certificates/shop/edit",
                        "/dashboard/consumers",
                        "/dashboard/rotations",
                        "/dashboard/access-log",
                        "/dashboard/findings",
                        "/dashboard/audit",
                        "/dashboard/access",
                        "/dashboard/runners");
        assertThat(pages.keySet()).anyMatch(path -> path.matches("/dashboard/providers/[a-z]+/[a-z]+"));
        assertThat(pagesWith(page -> page.heading().isBlank())).isEmpty();
    }

    @Test
    void theBrowserComplainsOfNothing() {
        assertThat(pages.values().stream().map(Seen::complaints))
                .allSatisfy(said -> assertThat(said).isEmpty());
    }

    @Test
    void axeFindsNoViolation() {
        assertThat(violations(false)).isEmpty();
    }

    @Test
    void axeFindsNoViolationInDarkColours() {
        assertThat(violations(true)).isEmpty();
    }

    private List<String> violations(boolean dark) {
        List<String> all = new ArrayList<>();
        pages.forEach((path, page) -> (dark ? page.violationsInTheDark() : page.violations())
                .forEach(violation -> all.add(path + ": " + violation)));
        return all;
    }

    @Test
    void eachPageFitsANarrowPhone() {
        assertThat(pagesWith(page -> page.overflow() > 0, Seen::tooWide)).isEmpty();
    }

    @Test
    void nothingMovesWhileAPageLoads() {
        assertThat(pagesWith(page -> page.shift() >= NO_SHIFT, Seen::moved)).isEmpty();
    }

    @Test
    void eachPageIsPaintedSoon() {
        assertThat(pagesWith(page -> page.paint() < 0 || page.paint() > QUICK_MILLIS))
                .isEmpty();
    }

    @Test
    void noPageHasASecret() {
        assertThat(pagesWith(page -> page.source().contains(DashboardServer.CANARY)
                        || page.source().contains(server.bao().rootToken())
                        || page.source().contains(server.admin().token())))
                .isEmpty();
    }

    /** A thread inherits the priority of the one that starts it, and none that decides requests may have a low one. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void onlyThreadsThatMakePagesGiveWayToRequests() throws IOException {
        Map<String, Set<Integer>> nice = new TreeMap<>();
        try (Tab tab = chromium.open(server.address()).logIn(server.admin().token());
                DirectoryStream<Path> threads = Files.newDirectoryStream(
                        Path.of("/proc", Long.toString(server.runner().pid()), "task"))) {
            tab.show("/dashboard/overview");
            for (Path thread : threads) {
                String stat = stat(thread);
                int end = stat.lastIndexOf(')');
                if (end > 0) {
                    String name = stat.substring(stat.indexOf('(') + 1, end);
                    boolean makesPages = name.startsWith("dashboard-page") || name.startsWith("audit-verif");
                    nice.computeIfAbsent(makesPages ? "pages" : "others", _ -> new TreeSet<>())
                            .add(Integer.valueOf(stat.substring(end + 2).split(" ", -1)[NICE]));
                }
            }
        }

        assertThat(nice.get("pages")).containsExactly(14);
        assertThat(nice.get("others"))
                .singleElement()
                .satisfies(value -> assertThat(value).isLessThan(14));
    }

    /** Returns what the kernel says of a thread, empty if it has ended. */
    private static String stat(Path thread) {
        try {
            return Files.readString(thread.resolve("stat"));
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void eachPageIsReadWithoutScripts() {
        try (Tab tab = chromium.withoutScript(server.address())) {
            tab.logIn(server.admin().token());
            TreeSet<String> poorer = new TreeSet<>();
            pages.forEach((path, page) -> {
                Response response = tab.open(path);
                boolean same = response.status() == 200
                        && tab.page().locator("h1").first().innerText().equals(page.heading())
                        && tab.page().locator("main tbody tr").count() >= Math.min(page.rows(), 1);
                if (!same) {
                    poorer.add(path);
                }
            });
            assertThat(poorer).isEmpty();
            assertThat(tab.complaints()).isEmpty();
        }
    }
}
