package dev.secretproviders.admin.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionResourceTest {
    private static final Scope TEAM = new Scope(List.of("local/a-*"), Map.of());

    @TempDir
    private Path directory;

    private AdminFixture admin;
    private final TestSessions sessions = new TestSessions();

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        admin.dashboard().serve(sessions);
        sessions.add("aaaa", "openid/ada", null, "ada (openid)", Role.ADMIN, Scope.ALL);
        sessions.add("bbbb", "openid/ben", null, "ben (openid)", Role.OPERATOR, TEAM);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    private static String id(String token) {
        return token.split("_", -1)[1];
    }

    private List<String> listed(String token) {
        return admin.call(token, "GET", "/admin/sessions", null)
                .expect(200)
                .json()
                .path("list")
                .valueStream()
                .map(entry -> entry.path("value").path("id").asString())
                .toList();
    }

    @Test
    void anAdminSeesAllAndOthersSeeTheirOwn() {
        String viewer = admin.token("viewer", "");
        sessions.add("cccc", "token/" + id(viewer), id(viewer), "a viewer", Role.VIEWER, Scope.ALL);

        assertThat(listed(admin.firstToken)).containsExactly("aaaa", "bbbb", "cccc");
        assertThat(listed(viewer)).containsExactly("cccc");
        assertThat(admin.get("/admin/sessions").text())
                .contains("\"own\":false", "\"limited\":true", "\"roles\":[\"operator\"]");
    }

    @Test
    void aLimitedAdminSeesOnlyWhoMayDoNoMore() {
        String limited = admin.token("admin", ", 'scope': {'providers': ['local/a-*']}");

        assertThat(listed(limited)).containsExactly("bbbb");
        admin.call(limited, "DELETE", "/admin/sessions/aaaa", null).expect(404);
        admin.call(limited, "POST", "/admin/sessions/end", "{'subject': 'openid/ada'}")
                .expect(403);
        admin.call(limited, "POST", "/admin/sessions/end", "{'subject': 'openid/elsewhere'}")
                .expect(403);
        admin.call(limited, "POST", "/admin/sessions/end", "{'subject': 'openid/ben'}")
                .expect(200);
        assertThat(sessions.ids()).containsExactly("aaaa");
    }

    @Test
    void endingOneSessionIsRecorded() throws Exception {
        String viewer = admin.token("viewer", "");

        admin.call(viewer, "DELETE", "/admin/sessions/aaaa", null).expect(404);
        admin.delete("/admin/sessions/aaaa").expect(204);

        assertThat(sessions.ids()).containsExactly("bbbb");
        assertThat(admin.audited()).contains("session.end openid/ada");
        admin.delete("/admin/sessions/aaaa").expect(404);
    }

    @Test
    void withoutASubjectTheCallersOwnSessionsEnd() throws Exception {
        String viewer = admin.token("viewer", "");
        sessions.add("cccc", "token/" + id(viewer), id(viewer), "a viewer", Role.VIEWER, Scope.ALL);

        assertThat(admin.call(viewer, "POST", "/admin/sessions/end", null)
                        .expect(200)
                        .text())
                .isEqualTo("{\"subject\":\"token/" + id(viewer) + "\",\"here\":1}");
        admin.call(viewer, "POST", "/admin/sessions/end", "{'subject': 'openid/ada'}")
                .expect(403);

        assertThat(sessions.ids()).containsExactly("aaaa", "bbbb");
        assertThat(admin.audited()).contains("session.end token/" + id(viewer));
    }

    @Test
    void everyRunnerEndsThem() throws Exception {
        Path one = Files.createDirectories(directory.resolve("one"));
        Path two = Files.createDirectories(directory.resolve("two"));
        MasterKeyring keyring = AdminFixture.keyring();
        TestSessions elsewhere = new TestSessions();
        elsewhere.add("dddd", "openid/ada", null, "ada (openid)", Role.ADMIN, Scope.ALL);
        elsewhere.add("eeee", "openid/ben", null, "ben (openid)", Role.OPERATOR, TEAM);
        try (Etcd etcd = Etcd.start();
                AdminFixture here = new AdminFixture(one, open(etcd), keyring);
                AdminFixture there = new AdminFixture(two, open(etcd), keyring)) {
            here.dashboard().serve(sessions);
            there.dashboard().serve(elsewhere);

            here.post("/admin/sessions/end", "{'subject': 'openid/ada'}").expect(200);

            assertThat(sessions.ids()).containsExactly("bbbb");
            await().atMost(Duration.ofSeconds(5)).until(() -> elsewhere.ids().equals(List.of("eeee")));
            assertThat(here.raw.list(SessionEnds.PREFIX).entries())
                    .singleElement()
                    .satisfies(entry -> assertThat(entry.key()).doesNotContain("ada"));
            elsewhere.add("ffff", "openid/ada", null, "ada (openid)", Role.ADMIN, Scope.ALL);
            assertThat(elsewhere.ids()).as("a later log-in").contains("ffff");
        }
    }

    private static Store open(Etcd etcd) {
        return EtcdStore.open(new EtcdAccess(
                List.of(etcd.endpoint().toString()), "/secret-providers", null, null, Duration.ofSeconds(10)));
    }

    @Test
    void aLinkHasTheRightsOfItsMaker() throws Exception {
        Instant before = Instant.now();
        String viewer = admin.token("viewer", ", 'scope': {'providers': ['local/a-*']}");

        var answer = admin.call(viewer, "POST", "/admin/login-links", null).expect(201);

        String code = answer.json().path("code").asString();
        assertThat(answer.json().path("path").asString()).isEqualTo("/dashboard/login/link");
        assertThat(Instant.parse(answer.json().path("expires_at").asString()))
                .isBetween(before.plusSeconds(59), Instant.now().plusSeconds(61));
        var maker = Objects.requireNonNull(admin.dashboard().links().use(Secret.ofUtf8(code)));
        assertThat(maker.actor().tokenId()).isEqualTo(id(viewer));
        assertThat(maker.roles()).containsExactly(Role.VIEWER);
        assertThat(maker.scope()).isEqualTo(TEAM);
        await().untilAsserted(() -> assertThat(admin.audited()).contains("login.link token/" + id(viewer)));
        assertThat(admin.get("/admin/audit").text()).doesNotContain(code);
    }
}
