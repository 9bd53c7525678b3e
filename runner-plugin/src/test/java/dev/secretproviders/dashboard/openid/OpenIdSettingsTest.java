package dev.secretproviders.dashboard.openid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenIdSettingsTest {
    private final Problems problems = new Problems();

    private @Nullable OpenIdSettings read(Map<String, ?> dashboard) {
        Settings root = Settings.root(Map.of("dashboard", dashboard), problems);
        OpenIdSettings settings =
                OpenIdSettings.read(root.section("dashboard"), Map.of("CLIENT_SECRET", "from the environment"));
        root.finish();
        return settings;
    }

    private static Map<String, Object> complete() {
        return new HashMap<>(Map.of(
                "issuer",
                "https://login.example/realms/ops/",
                "client-id",
                "secret-providers",
                "client-secret",
                "$env://CLIENT_SECRET",
                "scopes",
                List.of("profile", "groups"),
                "groups-claim",
                "memberOf",
                "name-claim",
                "email",
                "roles",
                List.of(
                        Map.of("group", "/platform", "roles", List.of("admin")),
                        Map.of(
                                "group",
                                "team A",
                                "roles",
                                List.of("operator", "auditor"),
                                "scope",
                                Map.of("providers", List.of("vault/a-*"), "labels", Map.of("team", "a"))))));
    }

    private @Nullable OpenIdSettings readWith(String field, Object value) {
        Map<String, Object> fields = complete();
        fields.put(field, value);
        return read(Map.of("url", "https://runner.example:9180", "oidc", fields));
    }

    @Test
    void everythingIsRead() throws IOException {
        OpenIdSettings settings =
                Objects.requireNonNull(read(Map.of("url", "https://runner.example:9180/", "oidc", complete())));

        assertThat(problems.lines()).isEmpty();
        assertThat(settings.issuer()).isEqualTo(URI.create("https://login.example/realms/ops"));
        assertThat(settings.client().id()).isEqualTo("secret-providers");
        try (Secret secret = Objects.requireNonNull(settings.client().currentSecret())) {
            assertThat(secret.reveal()).isEqualTo("from the environment");
        }
        assertThat(settings.client().back())
                .isEqualTo(URI.create("https://runner.example:9180/dashboard/login/openid/back"));
        assertThat(settings.client().home()).isEqualTo(URI.create("https://runner.example:9180/dashboard"));
        assertThat(settings.scopes()).containsExactlyInAnyOrder("openid", "profile", "groups");
        assertThat(settings.claims()).isEqualTo(new OpenIdSettings.Claims("memberOf", "email"));
        assertThat(settings.grants())
                .containsExactly(
                        new GroupGrant("/platform", Set.of(Role.ADMIN), Scope.ALL),
                        new GroupGrant(
                                "team A",
                                Set.of(Role.OPERATOR, Role.AUDITOR),
                                new Scope(List.of("vault/a-*"), Map.of("team", "a"))));
        assertThat(settings.toString()).doesNotContain("from the environment");
    }

    @Test
    void withoutTheSectionThereIsNoSuchLogIn() {
        assertThat(read(Map.of())).isNull();
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void secretInAFileIsReadAtEachLogIn(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("secret"), "one\n");
        Map<String, Object> fields = complete();
        fields.remove("client-secret");
        fields.put("client-secret-file", file.toString());
        OpenIdSettings settings = Objects.requireNonNull(read(Map.of("url", "https://runner.example", "oidc", fields)));

        assertThat(problems.lines()).isEmpty();
        Files.writeString(file, "two\n");
        try (Secret secret = Objects.requireNonNull(settings.client().currentSecret())) {
            assertThat(secret.reveal()).isEqualTo("two");
        }
    }

    @Test
    void everyMissingFieldIsNamed() {
        assertThat(read(Map.of("oidc", Map.of("scopes", "openid")))).isNull();

        assertThat(problems.lines())
                .anyMatch(line -> line.startsWith("dashboard.oidc.issuer: is required"))
                .anyMatch(line -> line.startsWith("dashboard.oidc.client-id: is required"))
                .anyMatch(line -> line.startsWith("dashboard.oidc.roles: is required"))
                .anyMatch(line -> line.startsWith("dashboard.url: is required by dashboard.oidc"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "issuer | http://login.example | dashboard.oidc.issuer: expected https",
                "issuer | https://login.example/#x | dashboard.oidc.issuer: expected an address without #",
                "scopes | a b | dashboard.oidc.scopes: expected names of scopes without blanks",
                "client-secret | $env://NO_SUCH | dashboard.oidc.client-secret: expected $env://NAME",
                "client-secret-file | /no/such/file | dashboard.oidc.client-secret-file: there is no readable file",
                "rolls | x | dashboard.oidc.rolls: ",
            })
    void wrongFieldIsReported(String field, String value, String problem) {
        var _ = readWith(field, value);

        assertThat(problems.lines()).anyMatch(line -> line.startsWith(problem));
    }

    @Test
    void clearTextIsAllowedOnThisMachineOnly() {
        assertThat(readWith("issuer", "http://127.0.0.1:8080")).isNotNull();
        assertThat(readWith("issuer", "http://[::1]:8080")).isNotNull();
        assertThat(problems.lines()).isEmpty();

        assertThat(readWith("issuer", "http://127.0.0.1.evil.example")).isNull();
        assertThat(problems.lines()).hasSize(1);
    }

    @Test
    void wrongRolesAndScopesAreReported() {
        var _ = readWith(
                "roles",
                List.of(
                        Map.of("group", "a", "roles", List.of("root")),
                        Map.of("group", "a", "roles", List.of("viewer")),
                        Map.of("roles", "viewer"),
                        Map.of("group", "b"),
                        Map.of("group", "c", "roles", "viewer", "scope", Map.of("providers", List.of("vault"))),
                        Map.of("group", "d", "roles", "viewer", "scope", Map.of("providers", List.of()))));

        assertThat(problems.lines())
                .anyMatch(line -> line.contains("roles[0].roles: expected some of viewer, auditor, operator, admin"))
                .anyMatch(line -> line.contains("roles[1].group: is named by an earlier entry"))
                .anyMatch(line -> line.contains("roles[2].group: is required"))
                .anyMatch(line -> line.contains("roles[3].roles: is required"))
                .anyMatch(line -> line.contains("roles[4].scope.providers: expected patterns"))
                .anyMatch(line -> line.contains("roles[5].scope: names neither providers nor labels"));
    }
}
