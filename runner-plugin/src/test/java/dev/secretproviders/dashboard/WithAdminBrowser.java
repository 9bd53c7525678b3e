package dev.secretproviders.dashboard;

import dev.secretproviders.dashboard.DashboardFixture.Browser;
import org.junit.jupiter.api.BeforeEach;

/** Tests with a dashboard of their own and a browser that is logged in there as an admin. */
abstract class WithAdminBrowser extends WithDashboard {
    Browser browser;

    @BeforeEach
    void logIn() {
        browser = it.asAdmin();
    }
}
