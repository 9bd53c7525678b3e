package dev.secretproviders.provider.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.Destinations;
import dev.secretproviders.limits.Outbound;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Where Google's client may connect, and what may be in files that an object of the Admin API names. */
final class GcpLimitsTest {
    private static final ServiceAccountKey KEY = ServiceAccountKey.create();

    @TempDir
    private Path temp;

    private GoogleCloud cloud;
    private HttpServer other;
    private final AtomicInteger reached = new AtomicInteger();
    private final AtomicReference<@Nullable String> redirect = new AtomicReference<>();

    @BeforeEach
    void start() throws Exception {
        cloud = new GoogleCloud();
        cloud.expect(KEY.publicKey());
        cloud.addVersion("s", "one".getBytes(StandardCharsets.UTF_8));
        other = HttpServer.create(new InetSocketAddress(InetAddress.getLocalHost(), 0), 0);
        other.createContext("/", exchange -> {
            reached.incrementAndGet();
            String to = redirect.get();
            if (to != null) {
                exchange.getResponseHeaders().set("Location", to);
            }
            exchange.sendResponseHeaders(to == null ? 500 : 307, -1);
            exchange.close();
        });
        other.start();
    }

    @AfterEach
    void stop() {
        cloud.close();
        other.stop(0);
    }

    @Test
    void neitherTokenNorSecretIsAskedForWhereTheListDoesNotLead() throws Exception {
        URI here = URI.create("http://" + InetAddress.getLocalHost().getHostName() + ":"
                + other.getAddress().getPort());
        Outbound outbound = new Outbound(
                list("198.51.100.0/24", "127.0.0.1:" + cloud.address().getPort()), true);
        try (SecretProvider token = provider(account(here), cloud.address(), outbound);
                SecretProvider secret = provider(account(URI.create(cloud.address() + "/token")), here, outbound)) {
            for (SecretProvider asked : List.of(token, secret)) {
                assertThatThrownBy(asked::check)
                        .isInstanceOfSatisfying(
                                ProviderException.class,
                                e -> assertThat(e.kind()).isEqualTo(Kind.CONFIGURATION))
                        .hasMessageContaining("providers.destinations");
            }
        }
        assertThat(reached).hasValue(0);
    }

    @Test
    void whatIsPostedForATokenFollowsNoRedirect() throws Exception {
        redirect.set(cloud.address() + "/token");
        URI here = URI.create("http://127.0.0.1:" + other.getAddress().getPort());
        try (SecretProvider provider = provider(account(here), cloud.address(), Outbound.UNLIMITED)) {
            assertThatThrownBy(provider::check).isInstanceOf(ProviderException.class);
        }
        assertThat(reached).hasPositiveValue();
        assertThat(cloud.logins()).isZero();
    }

    @Test
    void answerOfSecretManagerFollowsNoRedirect() throws Exception {
        redirect.set("http://localhost:" + cloud.address().getPort() + "/");
        URI here = URI.create("http://127.0.0.1:" + other.getAddress().getPort());
        try (SecretProvider provider =
                provider(account(URI.create(cloud.address() + "/token")), here, Outbound.UNLIMITED)) {
            assertThatThrownBy(provider::check)
                    .isInstanceOf(ProviderException.class)
                    .hasMessageContaining("redirect");
        }
    }

    @Test
    void tokenFileInsideAFileIsReadWhereItMay() throws Exception {
        Path allowed = Files.createDirectories(temp.resolve("allowed"));
        Path token = Files.writeString(allowed.resolve("token"), "cluster-token");
        Path outside = Files.writeString(temp.resolve("keyring"), "cluster-token");
        AllowedFiles files = AllowedFiles.read(
                Settings.root(Map.of("files", Map.of("allow", List.of(allowed.toString()))), new Problems()), Set.of());

        try (SecretProvider provider = provider(file(allowed, Map.of("file", token.toString()), files))) {
            assertThat(ProviderContract.value(provider, "$secret://gcp/test/s")).isEqualTo("one");
        }
        try (SecretProvider provider = provider(file(allowed, Map.of("file", outside.toString()), files))) {
            assertThatThrownBy(provider::check)
                    .isInstanceOf(ProviderException.class)
                    .hasMessageContaining("'" + outside + "'")
                    .hasMessageContaining("providers.files.allow");
        }
        Path link = Files.createSymbolicLink(allowed.resolve("link"), token);
        try (SecretProvider provider = provider(file(allowed, Map.of("file", link.toString()), files))) {
            assertThat(ProviderContract.value(provider, "$secret://gcp/test/s")).isEqualTo("one");
            Files.delete(link);
            Files.createSymbolicLink(link, outside);
            cloud.revokeTokens();
            assertThatThrownBy(provider::check)
                    .as("the link was swapped")
                    .hasMessageContaining("providers.files.allow");
        }
    }

    @Test
    void programsAndOtherSourcesInsideAFileAreNotTaken() throws Exception {
        Path allowed = Files.createDirectories(temp.resolve("allowed"));
        AllowedFiles files = AllowedFiles.read(
                Settings.root(Map.of("files", Map.of("allow", List.of(allowed.toString()))), new Problems()), Set.of());
        for (Map<String, Object> source : List.<Map<String, Object>>of(
                Map.of("executable", Map.of("command", "/bin/true")),
                Map.of(
                        "environment_id",
                        "aws1",
                        "regional_cred_verification_url",
                        "https://sts.{region}.amazonaws.com"),
                Map.of("file", "/etc/passwd", "url", "http://127.0.0.1"))) {
            try (SecretProvider provider = provider(file(allowed, source, files))) {
                assertThatThrownBy(provider::check)
                        .isInstanceOf(ProviderException.class)
                        .hasMessageContaining("auth_file");
            }
        }
        GcpIdentity outside = new GcpIdentity.KeyFile(Files.writeString(temp.resolve("k.json"), "{}"), files);
        try (SecretProvider provider = provider(outside)) {
            assertThatThrownBy(provider::check).hasMessageContaining("providers.files.allow");
        }
    }

    @Test
    void addressInsideAFileIsCheckedWhenItIsConnectedTo() throws Exception {
        Path allowed = Files.createDirectories(temp.resolve("allowed"));
        AllowedFiles files = AllowedFiles.read(
                Settings.root(Map.of("files", Map.of("allow", List.of(allowed.toString()))), new Problems()), Set.of());
        GcpIdentity identity = file(allowed, Map.of("url", "http://169.254.169.254/token"), files);
        try (SecretProvider provider = provider(identity, cloud.address(), new Outbound(Destinations.DEFAULT, false))) {
            assertThatThrownBy(provider::check).hasMessageContaining("metadata service");
        }
    }

    private GcpIdentity file(Path directory, Map<String, Object> source, AllowedFiles files) throws Exception {
        Path file = Files.writeString(
                directory.resolve("external.json"),
                JsonMapper.shared()
                        .writeValueAsString(Map.of(
                                "type",
                                "external_account",
                                "audience",
                                "//iam.googleapis.com/pool",
                                "subject_token_type",
                                "urn:ietf:params:oauth:token-type:jwt",
                                "token_url",
                                "https://sts.googleapis.com/v1/token",
                                "credential_source",
                                source)));
        return new GcpIdentity.KeyFile(file, files);
    }

    private static GcpIdentity account(URI tokens) {
        return new GcpIdentity.ServiceAccount("runner@p.example", () -> Secret.ofUtf8(KEY.pem()), tokens);
    }

    private SecretProvider provider(GcpIdentity identity) {
        return new GcpProvider(
                new ProviderId("gcp", "test"),
                "p",
                new GcpClient(
                        cloud.address(),
                        new GcpClient.Login(identity, GcpIdentity.CLOUD_PLATFORM),
                        true,
                        Outbound.UNLIMITED,
                        Duration.ofSeconds(30),
                        cloud::connect));
    }

    private static SecretProvider provider(GcpIdentity identity, URI service, Outbound outbound) {
        return new GcpProvider(
                new ProviderId("gcp", "test"),
                "p",
                new GcpClient(
                        service,
                        new GcpClient.Login(identity, GcpIdentity.CLOUD_PLATFORM),
                        true,
                        outbound,
                        Duration.ofSeconds(30)));
    }

    private static Destinations list(String... entries) {
        return Destinations.read(Settings.root(Map.of("destinations", List.of(entries)), new Problems()));
    }
}
