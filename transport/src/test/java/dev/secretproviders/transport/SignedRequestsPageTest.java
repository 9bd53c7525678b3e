package dev.secretproviders.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.hmac.HmacAuthenticator;
import dev.secretproviders.auth.hmac.HmacProofs;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.server.EchoUpstream;
import dev.secretproviders.gateway.server.GatewayServer;
import dev.secretproviders.gateway.server.Route;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.transport.route.AuthFilter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Runs the commands of {@code docs/how-to/signed-requests.md}: openssl signs, and curl sends it through the gateway. */
class SignedRequestsPageTest {
    private static final Pattern COMMANDS = Pattern.compile("```bash\n(.*?)```", Pattern.DOTALL);
    private static final String FILTER = "secret-hmac-auth";

    private static String commands() throws IOException {
        Matcher block = COMMANDS.matcher(Files.readString(Path.of("../docs/how-to/signed-requests.md")));
        assertThat(block.find()).isTrue();
        return block.group(1);
    }

    private static String run(String script) throws Exception {
        Process process = new ProcessBuilder("bash", "-eu", "-c", script)
                .redirectErrorStream(true)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return out;
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    }

    @Test
    void commandsOfThePageSendARequestThatIsAccepted() throws Exception {
        KeyDigester digester = new KeyDigester();
        Secret key = Secret.ofUtf8("a-secret-key-of-jack");
        Credential jack = new Credential.HmacAuth(
                null,
                CredentialText.Literal.of(Secret.ofUtf8("jack-id"), digester),
                new CredentialText.LiteralValue(CredentialText.Literal.of(key, digester), key));
        String conf = "{\"signed_headers\":[\"date\",\"@request-target\"]}";
        try (Resolver resolver = Resolver.start(List.of(), digester)) {
            CredentialDirectory directory = new CredentialDirectory(resolver, Runnable::run, List.of(new HmacProofs()));
            directory.changed(
                    new ConsumerSnapshot(Map.of("jack", new Consumer("jack", null, List.of(jack))), List.of()));
            AuthContext context = new AuthContext(directory, digester, resolver.ticker(), UnresolvedAnswer.UNAVAILABLE);
            SeenSignatures seen = new SeenSignatures(resolver.ticker());
            AuthFilter filter = new AuthFilter(
                    FILTER, json -> HmacAuthenticator.prepare(json, context, seen, InstantSource.system()));
            try (TestServer server = TestServer.start(options -> options, List.of(filter));
                    EchoUpstream upstream = EchoUpstream.start(anyPort());
                    GatewayServer gateway = GatewayServer.start(
                            anyPort(),
                            server.socket(),
                            RunnerClient.Options.DEFAULT,
                            List.of(Route.of("1", "/orders*", upstream.uri())
                                    .withPreReq(RouteConf.of("1", FILTER, conf))))) {
                String commands = commands()
                        .replace("http://127.0.0.1:9080", gateway.uri().toString());

                assertThat(run(commands))
                        .containsIgnoringCase("x-consumer-username")
                        .contains("jack");
                assertThat(run(commands.replace("a-secret-key-of-jack", "another-key")))
                        .contains("client request can't be validated");
            }
        }
    }
}
