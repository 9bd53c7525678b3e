package dev.secretproviders.app.cli;

import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of {@code migrate} with an OpenBao for all of them, and a filled gateway for each. */
abstract class WithMigration {
    static OpenBao bao;

    @TempDir
    Path directory;

    MigrateFixture fixture;

    @BeforeAll
    static void startOpenBao() {
        bao = OpenBao.start();
    }

    @AfterAll
    static void stopOpenBao() {
        bao.close();
    }

    @BeforeEach
    void fill() throws Exception {
        String prefix = "secret/" + UUID.randomUUID();
        fixture = MigrateFixture.of(directory, bao, prefix, moreProviders(prefix));
        fixture.fill();
    }

    /** Returns the providers in addition to {@code vault/prod}, as YAML. */
    String moreProviders(String prefix) {
        return "";
    }

    @AfterEach
    void closeGateway() {
        fixture.close();
    }
}
