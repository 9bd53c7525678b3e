package dev.secretproviders.dashboard;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests with a dashboard of their own. */
abstract class WithDashboard {
    @TempDir
    Path directory;

    DashboardFixture it;

    @BeforeEach
    void openDashboard() throws Exception {
        it = new DashboardFixture(directory);
    }

    @AfterEach
    void closeDashboard() throws Exception {
        it.close();
    }
}
