package dev.secretproviders.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tools rely on the codes, so this table may grow, but its entries do not change. */
class AuditEventCodeTest {
    private static final List<String> CODES = List.of(
            "provider.create",
            "provider.update",
            "provider.update-forced",
            "provider.delete",
            "provider.delete-forced",
            "provider.dry-run",
            "provider.test",
            "provider.import",
            "secret.create",
            "secret.update",
            "secret.rollback",
            "secret.delete",
            "secret.revoke",
            "secret.restore",
            "certificate.create",
            "certificate.update",
            "certificate.delete",
            "certificate.write",
            "certificate.repair",
            "certificate.remove",
            "certificate.issue",
            "certificate.expiry",
            "certificate.export",
            "token.create",
            "token.update",
            "token.delete",
            "token.reset",
            "login",
            "logout",
            "login.link",
            "session.end",
            "access.denied",
            "refresh",
            "drill",
            "rekey",
            "backup",
            "compact",
            "reload",
            "restore",
            "manifest.create",
            "audit.export",
            "audit.retire",
            "audit.loss",
            "access.log-export",
            "credential.validity",
            "resolution",
            "rotation",
            "runner.start",
            "snapshot.load");

    @Test
    void codesAreStable() {
        assertThat(Arrays.stream(EventCode.values()).map(code -> code.code(true)))
                .containsExactlyElementsOf(CODES);
        assertThat(Arrays.stream(EventCode.values()).map(code -> code.code(false)))
                .containsExactlyElementsOf(
                        CODES.stream().map(code -> code + ".failed").toList());
    }

    @Test
    void codesOfSuccessAndFailureAreAllDistinct() {
        assertThat(all()).doesNotHaveDuplicates().hasSize(2 * EventCode.values().length);
    }

    @Test
    void codesFitTheMessageIdOfSyslog() {
        assertThat(all()).allMatch(code -> code.matches("[!-~]{1,32}"));
    }

    @Test
    void usersFindEveryCodeInTheDocumentation() throws Exception {
        Pattern row = Pattern.compile("^\\| `([^`]+)` \\| `([^`]+)` \\| .+ \\|$", Pattern.MULTILINE);
        String page = Files.readString(Path.of("../docs/reference/audit-events.md"));

        assertThat(row.matcher(page).results().map(found -> found.group(1) + " " + found.group(2)))
                .containsExactlyElementsOf(CODES.stream()
                        .map(code -> code + " " + code + ".failed")
                        .toList());
    }

    private static List<String> all() {
        return Arrays.stream(EventCode.values())
                .flatMap(code -> Stream.of(code.code(true), code.code(false)))
                .toList();
    }
}
