package dev.secretproviders.dashboard.openid;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;

class PendingLoginsTest {
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final PendingLogins pending = new PendingLogins(now::get);

    private static PendingLogins.Pending request(String state) {
        return new PendingLogins.Pending(
                OAuth2AuthorizationRequest.authorizationCode()
                        .authorizationUri("https://login.example/auth")
                        .clientId("c")
                        .state(state)
                        .build(),
                "/dashboard/" + state);
    }

    @Test
    void eachIsTakenOnceAndByItsCookieOnly() {
        String first = pending.add(request("1"));
        String second = pending.add(request("2"));

        assertThat(first).isNotEqualTo(second).hasSizeGreaterThan(40);
        assertThat(pending.take("another")).isNull();
        assertThat(pending.take(first))
                .isNotNull()
                .returns("1", login -> login.request().getState());
        assertThat(pending.take(first)).isNull();
        assertThat(pending.take(second))
                .isNotNull()
                .returns("2", login -> login.request().getState())
                .returns("/dashboard/2", PendingLogins.Pending::target);
    }

    @Test
    void afterTenMinutesItIsGone() {
        String cookie = pending.add(request("1"));

        now.set(now.get().plus(Duration.ofMinutes(10)));

        assertThat(pending.take(cookie)).isNull();
    }

    @Test
    void theOldestMakesRoom() {
        String first = pending.add(request("first"));
        String second = pending.add(request("second"));
        for (int i = 2; i <= PendingLogins.MOST; i++) {
            String _ = pending.add(request("more"));
        }

        assertThat(pending.size()).isEqualTo(PendingLogins.MOST);
        assertThat(pending.take(first)).isNull();
        assertThat(pending.take(second)).isNotNull();
    }
}
