package dev.secretproviders;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Code outside of a manager's own module goes by what the manager is able to do ({@code Capability}), not by its name. */
final class ManagersByNameTest {
    private static final List<String> MODULES =
            List.of("secret-provider-spi", "providers/shared", "core", "transport", "runner-plugin");
    private static final String MANAGER = "(env|file|local|vault|aws|gcp|azure|kubernetes|fake)";
    /** A name as a whole literal, as an alternative in a pattern, or at the beginning of an identity or a key. */
    private static final Pattern NAME =
            Pattern.compile("\"N\"|[(|]N\\||\\|N\\)|\"(?:provider/)?N/".replace("N", MANAGER));

    /** Classes that may name managers. */
    private static final Set<String> ALLOWED = Set.of(
            // The grammar of references.
            "ProviderId",
            "EnvironmentSecret",
            // Local secrets and their resources.
            "LocalPath",
            "LocalSecretEdits",
            "LocalSecretResource",
            "SecretPlace",
            // The importer of APISIX's objects.
            "ImportResource",
            // The check of references in files, and where keys may be moved to.
            "Scan",
            "MigrateTarget",
            // The parsers of managers' events, and who may send them.
            "EventBridge",
            "EventGrid",
            "PubSub",
            "VaultNotification",
            "PushSettings");

    /** Classes in which the word is no manager, but a field or a kind of something else. */
    private static final Map<String, Set<String>> OTHER_MEANINGS = Map.of(
            "\"file\"",
            Set.of(
                    "AuditSettings",
                    "FileTarget",
                    "CertificateSettings",
                    "Check",
                    "ConsumerSources",
                    "FileConsumerSource",
                    "JUnitXml",
                    "Masking",
                    "ProviderKind",
                    "ProviderSchema",
                    "ProviderView",
                    "Reload",
                    "Report",
                    "RunnerResolving",
                    "TokenCommand",
                    "TokenResource"));

    @Test
    void noOtherClassNamesAManager() throws IOException {
        List<String> found = new ArrayList<>();
        int looked = 0;
        for (Path source : sources()) {
            looked++;
            String type = source.getFileName().toString().replace(".java", "");
            NAME.matcher(Files.readString(source))
                    .results()
                    .map(match -> match.group())
                    .filter(name -> !ALLOWED.contains(type)
                            && !OTHER_MEANINGS.getOrDefault(name, Set.of()).contains(type))
                    .forEach(name -> found.add(source + ": " + name));
        }

        assertThat(looked).isGreaterThan(200);
        assertThat(found).isEmpty();
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String module : MODULES) {
            Path main = Path.of("..", module, "src", "main", "java");
            if (Files.exists(main)) {
                try (Stream<Path> files = Files.walk(main)) {
                    files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                }
            }
        }
        return sources;
    }
}
