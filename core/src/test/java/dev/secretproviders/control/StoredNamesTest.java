package dev.secretproviders.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.ProviderId;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Names that stores hold already. A later version must make the same ones. */
class StoredNamesTest {

    @Test
    void runnerKeepsItsIdAcrossVersions() {
        RunnerIdentity identity = RunnerIdentity.of("node", Path.of("/data"), "any", Instant.EPOCH);

        assertThat(identity.id()).isEqualTo("2b8c888abdfe6ed7");
    }

    @Test
    void revocationKeepsItsIdAcrossVersions() {
        Revocation revocation =
                new Revocation(new ProviderId("vault", "prod"), "jack/key", "3", null, "jane", Instant.EPOCH);

        assertThat(revocation.id()).isEqualTo("67470a8fbdb692ac2e240e56cc5a509a");
    }
}
