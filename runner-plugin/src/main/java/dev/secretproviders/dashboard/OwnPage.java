package dev.secretproviders.dashboard;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a log-in leads to: the page that was asked for before it, if it is one of ours. */
final class OwnPage {
    private static final Pattern OWN_PAGE =
            Pattern.compile("/dashboard(/[A-Za-z0-9][A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?");

    private OwnPage() {}

    /**
     * Returns a page of ours, whatever the browser asks for.
     *
     * @param asked the path and the query that were asked for, or null
     */
    static String of(@Nullable String asked) {
        return asked != null
                        && OWN_PAGE.matcher(asked).matches()
                        && !asked.contains("/..")
                        && !asked.startsWith(DashboardServlet.LOGIN)
                ? asked
                : DashboardServlet.HOME;
    }
}
