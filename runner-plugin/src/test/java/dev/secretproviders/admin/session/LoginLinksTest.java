package dev.secretproviders.admin.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.crypto.OneTimeTable;
import dev.secretproviders.spi.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LoginLinksTest {
    private static final Caller MAKER = new Caller(
            new Actor("0a1b2c", "ada", "api", "192.0.2.7"),
            Set.of(Role.VIEWER),
            new Scope(List.of("vault/a-*"), Map.of()));

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final LoginLinks links = new LoginLinks(now::get);

    @Test
    void codeGivesTheRightsOfItsMakerOnce() {
        OneTimeTable.Made made = links.make(MAKER);

        assertThat(links.use(made.text())).isEqualTo(MAKER);
        assertThat(links.use(made.text())).isNull();
    }

    @Test
    void unknownCodeIsRefused() {
        OneTimeTable.Made made = links.make(MAKER);

        assertThat(links.use(Secret.ofUtf8("guessed"))).isNull();
        assertThat(made.text().length()).isGreaterThan(40);
        assertThat(made.toString()).doesNotContain(made.text().reveal());
    }

    @Test
    void codeEndsAfterAMinute() {
        OneTimeTable.Made early = links.make(MAKER);
        OneTimeTable.Made late = links.make(MAKER);

        now.set(now.get().plus(Duration.ofSeconds(59)));
        assertThat(links.use(early.text())).isEqualTo(MAKER);
        now.set(now.get().plus(Duration.ofSeconds(1)));
        assertThat(links.use(late.text())).isNull();
    }

    @Test
    void theOldestMakesRoom() {
        OneTimeTable.Made first = links.make(MAKER);
        for (int i = 0; i < LoginLinks.MOST; i++) {
            OneTimeTable.Made _ = links.make(MAKER);
        }

        assertThat(links.use(first.text())).isNull();
    }
}
