package dev.secretproviders.audit;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests with an audit log of their own. */
abstract class WithAuditLog {
    @TempDir
    Path temp;

    AuditFixture fixture;

    @BeforeEach
    void openLog() throws Exception {
        fixture = new AuditFixture(temp);
    }

    @AfterEach
    void closeLog() {
        fixture.close();
    }
}
