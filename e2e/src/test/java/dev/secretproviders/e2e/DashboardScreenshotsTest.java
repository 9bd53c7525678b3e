package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes the pictures of the documentation: each area of the dashboard, and the steps of the tour, in light and dark
 * colours. {@code scripts/screenshots} runs it; without {@code -Dscreenshots} it is skipped.
 */
@EnabledIfSystemProperty(named = "screenshots", matches = ".+", disabledReason = "scripts/screenshots runs it")
class DashboardScreenshotsTest {
    private final Path pictures = Path.of(System.getProperty("screenshots", "target/screenshots"));
    private final Duration traffic =
            Duration.ofMillis((long) (60_000 * Double.parseDouble(System.getProperty("screenshots.minutes", "1"))));

    @TempDir
    Path directory;

    @Test
    void eachAreaIsPictured() throws IOException, InterruptedException {
        Files.createDirectories(pictures);
        try (DashboardSample sample = DashboardSample.start(directory);
                Chromium chromium = Chromium.start()) {
            sample.use(traffic);
            Map<String, String> rooms = rooms(chromium, sample);
            assertThat(rooms).containsKey("providers");
            for (boolean dark : List.of(false, true)) {
                try (Tab tab = dark ? chromium.dark(sample.address()) : chromium.open(sample.address())) {
                    tab.logIn(sample.token());
                    rooms.forEach((name, path) -> picture(tab, name, path, dark));
                }
            }
        }
    }

    /** The areas of the navigation, and pages of the tour. */
    private static Map<String, String> rooms(Chromium chromium, DashboardSample sample) {
        Map<String, String> rooms = new TreeMap<>();
        try (Tab tab = chromium.open(sample.address()).logIn(sample.token())) {
            if (tab.ask("[...document.querySelectorAll('nav[aria-label=Areas] a')].map((a) => a.pathname)")
                    instanceof List<?> paths) {
                paths.forEach(path ->
                        rooms.put(Path.of(String.valueOf(path)).getFileName().toString(), path.toString()));
            }
        }
        sample.pages().forEach(rooms::put);
        return rooms;
    }

    private void picture(Tab tab, String name, String path, boolean dark) {
        tab.show(path);
        // No row is marked because the mouse is on it.
        tab.page().mouse().move(0, 0);
        tab.ask("document.getAnimations().forEach((animation) => animation.finish())");
        Path file = pictures.resolve("dashboard-%s-%s.png".formatted(name, dark ? "dark" : "light"));
        tab.page().screenshot(new Page.ScreenshotOptions().setPath(file));
    }
}
