package dev.secretproviders.admin.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Destroying a version of a local secret over the Admin API while references use it. */
final class DestroyTest {
    @TempDir
    private Path directory;

    @Test
    void versionInUseIsDestroyedOnlyByForceAndTheListSaysWhoUsesIt() throws Exception {
        try (AdminFixture admin = new AdminFixture(directory)) {
            admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '1h'}}")
                    .expect(201);
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-first-key-of-jack'}}")
                    .expect(201);
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-second-key-of-jack'}}")
                    .expect(200);
            admin.gateway("""
                    consumers:
                      - {username: jack, plugins: {key-auth: {key: "$secret://local/own/jack/key"}}}
                      - {username: rose, plugins: {key-auth: {key: "$secret://local/own/jack/key?version=1"}}}""");
            await().until(() -> admin.resolver.resolutions().size() == 2
                    && admin.resolver.resolutions().stream()
                            .allMatch(resolution -> resolution.state().usable()));
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-third-key-of-jack'}}")
                    .expect(200);
            await().until(() -> admin.post("/admin/explain", "{'reference': '$secret://local/own/jack/key'}")
                    .json()
                    .path("version")
                    .asString()
                    .equals("3"));

            assertDryRunsChangeNothing(admin);

            // Current, previous within its overlap, pinned.
            assertRefused(admin, 3, "jack");
            assertRefused(admin, 2, "jack");
            assertRefused(admin, 1, "rose");

            admin.post("/admin/secrets/own/jack?force=true", "{'action': 'destroy', 'version': 2}")
                    .expect(200);
            assertThat(admin.audited())
                    .contains("secret.delete.failed secret/own/jack", "secret.delete secret/own/jack");
            assertThat(admin.get("/admin/audit").text()).contains("in spite of 1 references");
        }
    }

    private static void assertDryRunsChangeNothing(AdminFixture admin) throws Exception {
        String operator = admin.token("operator", "");
        var before = admin.stored();
        String destroy = "{'action': 'destroy', 'version': %d}";
        String path = "/admin/secrets/own/jack?dry_run=true";
        assertThat(admin.post(path, destroy.formatted(1)).expect(409).text()).contains("rose");
        assertThat(admin.delete(path).expect(409).text()).contains("rose", "jack");
        assertThat(admin.delete(path + "&force=true").expect(200).text()).contains("\"dry_run\":true", "rose", "jack");
        assertThat(admin.post(path + "&force=true", destroy.formatted(1))
                        .expect(200)
                        .text())
                .contains("\"dry_run\":true", "rose");
        admin.post(path, destroy.formatted(9)).expect(404);
        admin.delete("/admin/secrets/own/absent?dry_run=true").expect(404);
        admin.post(path, "{'action': 'rollback', 'version': 1}").expect(400);
        admin.call(operator, "DELETE", path + "&force=true", null).expect(403);
        assertThat(admin.stored()).isEqualTo(before);
        assertThat(admin.audited())
                .filteredOn(line -> line.startsWith("secret.delete"))
                .isEmpty();
    }

    private static void assertRefused(AdminFixture admin, int version, String user) throws Exception {
        assertThat(admin.post("/admin/secrets/own/jack", "{'action': 'destroy', 'version': " + version + "}")
                        .expect(409)
                        .json()
                        .path("references")
                        .findValuesAsString("resource_id"))
                .contains(user);
    }
}
