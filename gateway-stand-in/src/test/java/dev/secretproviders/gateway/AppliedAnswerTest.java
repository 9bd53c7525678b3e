package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.gateway.RunnerMessage.Action.Rewrite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The effect of the runner's answer on a request. */
final class AppliedAnswerTest {
    private static final RouteConf ROUTE = RouteConf.of("r1", "p", "");

    @TempDir
    Path directory;

    @Test
    void noActionLetsTheRequestPassAsItCame() throws IOException {
        GatewayRequest request =
                GatewayRequest.post("/a%2Fb//c?x=%41&flag", "body").header("X-A", "1");

        Outcome.Continue passed = passed(request, RunnerFrames.pass(0));

        assertThat(passed.upstream().target()).isEqualTo("/a%2Fb//c?x=%41&flag");
        assertThat(passed.upstream().headers()).isEqualTo(request.headers());
        assertThat(passed.upstream().body()).isEqualTo(Body.of("body"));
        assertThat(passed.degraded()).isFalse();
        assertThat(passed.action()).isInstanceOf(RunnerMessage.Action.None.class);
    }

    @Test
    void stopSendsAllHeadersOfOneNameInLowerCase() throws IOException {
        Outcome.Stop stop = stopped(RunnerFrames.stop(
                401,
                "{}",
                Entry.of("Set-Cookie", "a=1"),
                Entry.of("WWW-Authenticate", "apikey"),
                Entry.of("set-cookie", "b=2")));

        assertThat(stop.status()).isEqualTo(401);
        assertThat(stop.body().text()).isEqualTo("{}");
        assertThat(stop.headers("set-cookie")).containsExactly("a=1", "b=2");
        assertThat(stop.headers()).extracting(Entry::name).containsOnly("set-cookie", "www-authenticate");
    }

    @Test
    void stopWithStatusZeroIs200() throws IOException {
        assertThat(stopped(RunnerFrames.stop(0, "ok")).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"302, Found", "401, Authorization Required", "503, Service Temporarily Unavailable"})
    void stopWithoutBodyIsNginxPage(int status, String title) throws IOException {
        Outcome.Stop stop = stopped(RunnerFrames.stop(status, null, Entry.of("content-type", "application/json")));

        assertThat(stop.body().text()).contains(status + " " + title, "Powered by APISIX");
        assertThat(stop.headers("content-type")).containsExactly("text/html; charset=utf-8");
    }

    @Test
    void stopWithoutBodyBelow300HasNone() throws IOException {
        assertThat(stopped(RunnerFrames.stop(204, null)).body()).isEqualTo(Body.EMPTY);
    }

    @Test
    void ofTwoRewrittenHeadersWithOneNameTheLastWins() throws IOException {
        Outcome.Continue passed = passed(
                GatewayRequest.get("/"),
                RunnerFrames.rewriteHeaders(Entry.of("X-User", "first"), Entry.of("x-user", "last")));

        assertThat(passed.upstream().headers("X-User")).containsExactly("last");
    }

    @Test
    void rewrittenHeaderReplacesEveryLetterCaseButNotTheUnderscore() throws IOException {
        Outcome.Continue passed = passed(
                GatewayRequest.get("/")
                        .header("X-User", "spoofed")
                        .header("x-user", "again")
                        .header("X_User", "other"),
                RunnerFrames.rewriteHeaders(Entry.of("X-User", "jack")));

        assertThat(passed.upstream().headers("X-User")).containsExactly("jack");
        assertThat(passed.upstream().headers("X_User")).containsExactly("other");
    }

    @Test
    void rewrittenHeaderWithoutValueOrWithAnEmptyOneIsRemoved() throws IOException {
        Outcome.Continue passed = passed(
                GatewayRequest.get("/")
                        .header("apikey", "k")
                        .header("X-Empty", "e")
                        .header("Keep", "1"),
                RunnerFrames.rewriteHeaders(new Entry("apikey", null), Entry.of("X-Empty", "")));

        assertThat(passed.upstream().headers()).extracting(Entry::name).containsExactly("host", "Keep");
    }

    @Test
    void rewrittenPathIsEncodedAgainAndTheQueryAppended() throws IOException {
        Outcome.Continue passed = passed(GatewayRequest.get("/old?a=1"), rewrite("/new path/%41?z=1", List.of()));

        assertThat(passed.upstream().target()).isEqualTo("/new%20path/%2541%3Fz=1?a=1");
    }

    @Test
    void rewrittenArgumentsReplaceAddAndRemove() throws IOException {
        Outcome.Continue passed = passed(
                GatewayRequest.get("/p%2Fq?apikey=k&a=1&a=2&flag"),
                rewrite(
                        null,
                        List.of(
                                new Entry("apikey", null),
                                Entry.of("a", "x y"),
                                Entry.of("a", "z"),
                                Entry.of("new", "&"))));

        assertThat(passed.upstream().target()).isEqualTo("/p/q?flag&a=x%20y&a=z&new=%26");
    }

    @Test
    void queryWithoutArgumentsLeftIsGone() throws IOException {
        Outcome.Continue passed =
                passed(GatewayRequest.get("/p?apikey=k"), rewrite(null, List.of(new Entry("apikey", null))));

        assertThat(passed.upstream().target()).isEqualTo("/p");
    }

    @Test
    void responseHeadersKeepSeveralValuesAndLeaveOutWhatBelongsToTheUpstream() throws IOException {
        Outcome.Continue passed = passed(
                GatewayRequest.get("/"),
                RunnerFrames.rewrite(new Rewrite(
                        null,
                        List.of(),
                        List.of(),
                        List.of(
                                Entry.of("X-A", "1"),
                                Entry.of("x-a", "2"),
                                Entry.of("Content-Type", "text/plain"),
                                Entry.of("Server", "me"),
                                Entry.of("WWW-Authenticate", "x")),
                        Body.EMPTY)));

        assertThat(passed.responseHeaders()).containsExactly(Entry.of("x-a", "1"), Entry.of("x-a", "2"));
    }

    @Test
    void rewrittenBodyReplacesTheClients() throws IOException {
        Outcome.Continue passed = passed(
                GatewayRequest.post("/", "old"),
                RunnerFrames.rewrite(new Rewrite(null, List.of(), List.of(), List.of(), Body.of("new"))));

        assertThat(passed.upstream().body().text()).isEqualTo("new");
    }

    @Test
    void longestFrameIsRead() throws IOException {
        String body = "x".repeat(Frame.MAX_LENGTH - 200);

        assertThat(stopped(RunnerFrames.stop(200, body)).body().length()).isEqualTo(body.length());
    }

    private static Frame rewrite(@Nullable String path, List<Entry> args) {
        return RunnerFrames.rewrite(new Rewrite(path, List.of(), args, List.of(), Body.EMPTY));
    }

    private Outcome.Stop stopped(Frame answer) throws IOException {
        return (Outcome.Stop) call(GatewayRequest.get("/"), answer);
    }

    private Outcome.Continue passed(GatewayRequest request, Frame answer) throws IOException {
        return (Outcome.Continue) call(request, answer);
    }

    private Outcome call(GatewayRequest request, Frame answer) throws IOException {
        try (FakeRunner runner = FakeRunner.answering(directory, answer);
                RunnerClient client = RunnerClient.open(runner.socket())) {
            return client.call(request, ROUTE);
        }
    }
}
