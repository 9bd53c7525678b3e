package dev.secretproviders.provider.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

final class SecretDirectoryTest extends ProviderContract {
    @TempDir
    private Path temp;

    private Path directory;
    private SecretProvider provider;

    @BeforeEach
    void open() throws Exception {
        directory = Files.createDirectory(temp.resolve("secrets"));
        provider = new FileProvider(
                new ProviderId("file", "mounted"),
                new SecretDirectory(directory, AllowedFiles.ANY),
                new ChangeWatcher(directory, Duration.ofMillis(200)));
    }

    @AfterEach
    void close() {
        provider.close();
    }

    @Test
    void fileStandsForItsContentWithoutTheLastNewline() throws Exception {
        Files.createDirectory(directory.resolve("jack"));
        Files.writeString(directory.resolve("jack/key"), "hunter2\n");
        Files.writeString(directory.resolve("windows"), "hunter3\r\n");
        Files.writeString(directory.resolve("two"), "hunter4\n\n");

        assertThat(value(provider, "$secret://file/mounted/jack/key")).isEqualTo("hunter2");
        assertThat(value(provider, "$secret://file/mounted/windows")).isEqualTo("hunter3");
        assertThat(value(provider, "$secret://file/mounted/two")).isEqualTo("hunter4\n");
    }

    @Test
    void linkOutOfTheDirectoryIsNotFollowed() throws Exception {
        Files.writeString(temp.resolve("outside"), "root-password");
        Files.createSymbolicLink(directory.resolve("link"), temp.resolve("outside"));
        Files.createSymbolicLink(directory.resolve("up"), temp);

        assertThat(resolve(provider, "$secret://file/mounted/link")).isInstanceOf(FetchResult.Missing.class);
        assertThat(resolve(provider, "$secret://file/mounted/up/outside")).isInstanceOf(FetchResult.Missing.class);
    }

    /** As the kubelet does: files are links through {@code ..data}, which is replaced by a rename. */
    @Test
    void swapOfAKubernetesMountIsSeenAtOnce() throws Exception {
        kubernetesVersion("..2026_01", "first");
        Files.createSymbolicLink(directory.resolve("..data"), Path.of("..2026_01"));
        Files.createSymbolicLink(directory.resolve("key"), Path.of("..data/key"));
        assertThat(value(provider, "$secret://file/mounted/key")).isEqualTo("first");
        AtomicInteger changes = new AtomicInteger();
        provider.onChange(paths -> changes.incrementAndGet());

        kubernetesVersion("..2026_02", "second");
        Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("..2026_02"));
        Files.move(
                directory.resolve("..data_tmp"),
                directory.resolve("..data"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);

        await().until(() -> changes.get() > 0);
        assertThat(value(provider, "$secret://file/mounted/key")).isEqualTo("second");
    }

    /** The system's notices do not cover nested directories. */
    @Test
    void changeDeepInsideIsSeenBySlowComparison() throws Exception {
        Files.createDirectories(directory.resolve("a/b"));
        Files.writeString(directory.resolve("a/b/key"), "one");
        AtomicInteger changes = new AtomicInteger();
        provider.onChange(paths -> changes.incrementAndGet());

        Files.writeString(directory.resolve("a/b/key"), "other");

        await().until(() -> changes.get() > 0);
    }

    @Test
    void fileThatIsEmptyOrTooLargeSaysNothingAboutTheSecret() throws Exception {
        Files.createFile(directory.resolve("empty"));
        Files.write(directory.resolve("large"), new byte[(1 << 20) + 1]);

        assertThat(failure("empty").kind()).isEqualTo(Kind.INVALID_ANSWER);
        assertThat(failure("large").kind()).isEqualTo(Kind.INVALID_ANSWER);
        assertThat(failure("large")).hasMessageContaining("larger than 1 MiB");
    }

    @Test
    void directoryThatIsNotThereSaysNothingAboutTheSecret() throws Exception {
        Files.delete(directory);

        assertThat(failure("key").kind()).isEqualTo(Kind.UNAVAILABLE);
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) throws Exception {
        Path written =
                Files.writeString(temp.resolve("new"), JsonMapper.shared().writeValueAsString(fields));
        Files.move(written, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    protected void delete(String name) throws Exception {
        Files.delete(directory.resolve(name));
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://file/mounted/" + name + "/" + field;
    }

    private ProviderException failure(String name) throws Exception {
        FetchResult result = resolve(provider, "$secret://file/mounted/" + name);
        assertThat(result).isInstanceOf(FetchResult.Failed.class);
        return ((FetchResult.Failed) result).cause();
    }

    private void kubernetesVersion(String name, String value) throws Exception {
        Files.createDirectory(directory.resolve(name));
        Files.writeString(directory.resolve(name).resolve("key"), value);
    }
}
