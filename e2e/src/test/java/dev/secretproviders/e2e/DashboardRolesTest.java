package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each role is shown what it may see and do, and nothing else. */
@ExtendWith(InBrowser.class)
class DashboardRolesTest {
    /** Each user may end their own sessions. A verification reads only. */
    private static final String CHANGES = """
            [...document.querySelectorAll("main form[method=post]")].map((form) => form.getAttribute("action"))
              .filter((action) => !action.startsWith("/dashboard/access/sessions") && action !== "/dashboard/audit/verify")
            """;

    private final DashboardServer server;
    private final Chromium chromium;

    DashboardRolesTest(DashboardServer server, Chromium chromium) {
        this.server = server;
        this.chromium = chromium;
    }

    @ParameterizedTest
    @ValueSource(strings = {"viewer", "auditor", "operator"})
    void everyPageThatARoleIsLedToIsOpenToIt(String role) {
        Walk walk = walk(server.token(role));

        assertThat(walk.refused()).isEmpty();
        assertThat(walk.pages()).contains("/dashboard/providers");
        if (role.equals("operator")) {
            assertThat(walk.pages()).contains("/dashboard/providers/new");
        } else {
            assertThat(walk.changes()).as("forms that change something").isEmpty();
        }
    }

    @Test
    void limitedTokenSeesItsProvidersOnly() {
        Walk walk = walk(server.token("viewer", "local/own"));

        assertThat(walk.refused()).isEmpty();
        assertThat(walk.pages()).contains("/dashboard/providers/local/own");
        assertThat(walk.texts())
                .allSatisfy(text -> assertThat(text)
                        .doesNotContain("vault/prod")
                        .doesNotContain("vault/away")
                        .doesNotContain("rose"));
        try (Tab tab = chromium.open(server.address()).logIn(server.token("viewer", "local/own"))) {
            assertThat(tab.open("/dashboard/providers/vault/prod").status()).isEqualTo(403);
        }
    }

    /** What a role finds when it follows all links. */
    private record Walk(Set<String> pages, List<String> refused, List<String> changes, List<String> texts) {}

    private Walk walk(String token) {
        List<String> refused = new ArrayList<>();
        List<String> changes = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        try (Tab tab = chromium.open(server.address()).logIn(token)) {
            Set<String> pages = DashboardPages.visit(tab, path -> {
                if (tab.ask(CHANGES) instanceof List<?> forms && !forms.isEmpty()) {
                    changes.add(path + ": " + forms);
                }
                texts.add(path + ": " + tab.words());
            });
            // The browser complains of each page that is refused.
            refused.addAll(tab.complaints());
            return new Walk(pages, refused, changes, texts);
        }
    }
}
