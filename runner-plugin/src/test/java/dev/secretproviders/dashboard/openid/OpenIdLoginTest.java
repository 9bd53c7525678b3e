package dev.secretproviders.dashboard.openid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.dashboard.openid.OpenIdLogin.Back;
import dev.secretproviders.dashboard.openid.OpenIdLogin.Begun;
import dev.secretproviders.dashboard.openid.OpenIdProblemException.Kind;
import dev.secretproviders.peers.OpenIdProvider;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Log-ins at a real provider, through its own form. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenIdLoginTest {
    private static final String HOME = "http://127.0.0.1:9180";

    private OpenIdProvider provider;
    private OpenIdLogin login;

    @BeforeAll
    void start() {
        provider = OpenIdProvider.start(List.of(HOME + OpenIdLogin.BACK_PATH), List.of(HOME + "/dashboard"));
        provider.user("ada", Map.of("name", "Ada\u202e Lovelace", "groups", List.of("ops", "other")));
        provider.user("ben", Map.of("groups", "audit"));
        provider.user("cy", Map.of("groups", List.of("nothing of ours")));
        provider.user("dee", Map.of());
        login = new OpenIdLogin(settings(provider.issuer(), provider.clientSecret()), InstantSource.system());
    }

    @AfterAll
    void stop() {
        login.close();
        provider.close();
    }

    static OpenIdSettings settings(URI issuer, String secret) {
        Problems problems = new Problems();
        Settings root = Settings.root(
                Map.of(
                        "dashboard",
                        Map.of(
                                "url",
                                HOME,
                                "oidc",
                                Map.of(
                                        "issuer",
                                        issuer.toString(),
                                        "client-id",
                                        OpenIdProvider.CLIENT,
                                        "client-secret",
                                        secret,
                                        "scopes",
                                        "openid,profile,groups",
                                        "roles",
                                        List.of(
                                                Map.of(
                                                        "group",
                                                        "ops",
                                                        "roles",
                                                        "operator",
                                                        "scope",
                                                        Map.of("providers", "vault/a-*")),
                                                Map.of("group", "audit", "roles", "auditor"))))),
                problems);
        OpenIdSettings settings = OpenIdSettings.read(root.section("dashboard"), Map.of());
        problems.throwIfAny();
        return Objects.requireNonNull(settings);
    }

    static Back back(URI address) {
        Map<String, String> query = new HashMap<>();
        for (String pair : address.getRawQuery().split("&", -1)) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return new Back(query.get("state"), query.get("code"), query.get("error"), query.get("iss"));
    }

    private static OpenIdProblemException refusal(OpenIdLogin login, @Nullable String cookie, Back back) {
        return catchThrowableOfType(OpenIdProblemException.class, () -> login.finish(cookie, back));
    }

    @Test
    void groupsBecomeRolesAndAScope() throws OpenIdProblemException {
        Begun begun = login.begin("/dashboard");

        OpenIdUser user = login.finish(begun.cookie(), back(provider.signIn(begun.address(), "ada")))
                .user();

        assertThat(user)
                .isEqualTo(new OpenIdUser(
                        "openid/ada",
                        "Ada Lovelace (openid ada)",
                        Set.of(Role.OPERATOR),
                        new Scope(List.of("vault/a-*"), Map.of())));
    }

    @Test
    void oneGroupAsATextIsEnough() throws OpenIdProblemException {
        Begun begun = login.begin("/dashboard");

        OpenIdUser user = login.finish(begun.cookie(), back(provider.signIn(begun.address(), "ben")))
                .user();

        assertThat(user).isEqualTo(new OpenIdUser("openid/ben", "ben (openid)", Set.of(Role.AUDITOR), Scope.ALL));
    }

    @Test
    void withoutAGroupThatHasARoleTheUserIsRefused() throws OpenIdProblemException {
        for (String name : List.of("cy", "dee")) {
            Begun begun = login.begin("/dashboard");

            OpenIdProblemException refusal =
                    refusal(login, begun.cookie(), back(provider.signIn(begun.address(), name)));

            assertThat(refusal.kind()).isEqualTo(Kind.NO_ROLE);
            assertThat(refusal.user()).isEqualTo(name + " (openid)");
            assertThat(refusal).hasMessageContaining("dashboard.oidc.roles").hasMessageNotContaining("nothing of ours");
        }
    }

    @Test
    void requestHasWhatProtectsTheLogIn() throws OpenIdProblemException {
        Begun begun = login.begin("/dashboard");
        Begun other = login.begin("/dashboard");

        assertThat(begun.address().toString())
                .startsWith(provider.issuer() + "/auth?")
                .contains("response_type=code", "code_challenge_method=S256", "scope=")
                .contains("redirect_uri=http://127.0.0.1:9180/dashboard/login/openid/back");
        for (String parameter : List.of("state", "nonce", "code_challenge")) {
            String value = begun.address().getQuery().replaceAll(".*\\b" + parameter + "=([^&]+).*", "$1");
            assertThat(value).hasSizeGreaterThanOrEqualTo(43);
            assertThat(other.address().getQuery()).doesNotContain(value);
        }
        assertThat(begun.address().toString()).doesNotContain(begun.cookie());
        assertThat(begun.toString()).doesNotContain(begun.cookie());
    }

    @Test
    void anotherBrowserCannotFinishALogIn() throws OpenIdProblemException {
        Begun begun = login.begin("/dashboard");
        Begun other = login.begin("/dashboard");
        Back back = back(provider.signIn(begun.address(), "ada"));

        assertThat(refusal(login, null, back).kind()).isEqualTo(Kind.NOT_BEGUN);
        assertThat(refusal(login, "no such cookie", back).kind()).isEqualTo(Kind.NOT_BEGUN);
        assertThat(refusal(login, other.cookie(), back)).hasMessageContaining("belongs to another log-in");
    }

    @Test
    void eachLogInIsFinishedOnce() throws OpenIdProblemException {
        Begun begun = login.begin("/dashboard");
        Back back = back(provider.signIn(begun.address(), "ada"));
        assertThat(login.finish(begun.cookie(), back)).isNotNull();

        assertThat(refusal(login, begun.cookie(), back).kind()).isEqualTo(Kind.NOT_BEGUN);
    }

    @Test
    void codeOfAnotherLogInIsRefused() throws OpenIdProblemException {
        Begun stolen = login.begin("/dashboard");
        Begun own = login.begin("/dashboard");
        Back victim = back(provider.signIn(stolen.address(), "ada"));
        Back attacker = back(provider.signIn(own.address(), "ben"));

        OpenIdProblemException refusal =
                refusal(login, own.cookie(), new Back(attacker.state(), victim.code(), null, victim.issuer()));

        assertThat(refusal.kind()).isEqualTo(Kind.REFUSED);
        assertThat(refusal).hasMessageContaining("code is used or too old");
    }

    @Test
    void answerOfAnotherProviderIsRefused() throws OpenIdProblemException {
        Begun begun = login.begin("/dashboard");
        Back back = back(provider.signIn(begun.address(), "ada"));

        assertThat(refusal(login, begun.cookie(), new Back(back.state(), back.code(), null, "https://evil.example")))
                .hasMessageContaining("another provider");
    }

    @Test
    void errorOfTheProviderIsSaid() throws OpenIdProblemException {
        Begun begun = login.begin("/dashboard");
        Back back = back(provider.signIn(begun.address(), "ada"));

        OpenIdProblemException refusal =
                refusal(login, begun.cookie(), new Back(back.state(), null, "access_denied", null));

        assertThat(refusal).hasMessageContaining("was ended at the OpenID provider");
    }

    @Test
    void wrongClientSecretIsSaid() throws OpenIdProblemException {
        try (OpenIdLogin wrong = new OpenIdLogin(settings(provider.issuer(), "wrong secret"), InstantSource.system())) {
            Begun begun = wrong.begin("/dashboard");

            OpenIdProblemException refusal =
                    refusal(wrong, begun.cookie(), back(provider.signIn(begun.address(), "ada")));

            assertThat(refusal)
                    .hasMessageContaining("dashboard.oidc.client-id and client-secret")
                    .hasMessageNotContaining("wrong secret");
        }
    }

    @Test
    void providerThatIsDownIsFoundAtTheLogInAndUsedAgainLater() throws OpenIdProblemException, InterruptedException {
        try (OpenIdProvider other = OpenIdProvider.start(List.of(HOME + OpenIdLogin.BACK_PATH), List.of())) {
            other.stop();
            try (OpenIdLogin early =
                    new OpenIdLogin(settings(other.issuer(), other.clientSecret()), InstantSource.system())) {
                OpenIdProblemException problem =
                        catchThrowableOfType(OpenIdProblemException.class, () -> early.begin("/dashboard"));
                assertThat(problem.kind()).isEqualTo(Kind.UNAVAILABLE);
                assertThat(problem)
                        .hasMessageContaining("cannot be reached")
                        .hasMessageContaining("log in with a token");

                other.startAgain();
                Thread.sleep(3_100);

                assertThat(early.begin("/dashboard").address().toString())
                        .startsWith(other.issuer().toString());
            }
        }
    }

    @Test
    void usersLogOutAtTheProvider() throws OpenIdProblemException {
        try (OpenIdLogin fresh =
                new OpenIdLogin(settings(provider.issuer(), provider.clientSecret()), InstantSource.system())) {
            assertThat(fresh.logout()).isNull();
            Begun _ = fresh.begin("/dashboard");

            assertThat(fresh.logout())
                    .hasToString(
                            provider.issuer()
                                    + "/session/end?client_id=dashboard&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A9180%2Fdashboard");
        }
    }
}
