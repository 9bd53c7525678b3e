package dev.secretproviders.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a runner sees of a client's request. */
final class RequestOnTheWireTest {
    private static final RouteConf ROUTE = RouteConf.of("r1", "secret-key-auth", "{}");

    @TempDir
    Path directory;

    private FakeRunner runner;
    private RunnerClient client;

    @BeforeEach
    void start() throws IOException {
        runner = FakeRunner.answering(directory, RunnerFrames.pass(0));
        client = RunnerClient.open(runner.socket());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        runner.close();
    }

    @Test
    void headerNamesAreLowerCaseWithOneEntryForEachValue() {
        client.call(
                GatewayRequest.get("/")
                        .header("X-Multi", "a")
                        .header("Other", "o")
                        .header("x-MULTI", "b"),
                ROUTE);

        List<Entry> headers = RunnerFrames.headers(runner.onlyRequest());
        assertThat(headers)
                .containsExactlyInAnyOrder(
                        Entry.of("host", "gateway.test"),
                        Entry.of("x-multi", "a"),
                        Entry.of("x-multi", "b"),
                        Entry.of("other", "o"));
        assertThat(headers).containsSubsequence(Entry.of("x-multi", "a"), Entry.of("x-multi", "b"));
    }

    @Test
    void atMostTheFirstHundredHeadersAreSent() {
        GatewayRequest request = IntStream.range(0, 120)
                .boxed()
                .reduce(GatewayRequest.get("/"), (r, i) -> r.header("x-" + i, "v"), (a, _) -> a)
                .header("apikey", "k");

        Outcome outcome = client.call(request, ROUTE);

        List<Entry> headers = RunnerFrames.headers(runner.onlyRequest());
        assertThat(headers).hasSize(100).doesNotContain(Entry.of("apikey", "k"));
        assertThat(((Outcome.Continue) outcome).upstream().header("apikey")).contains("k");
    }

    /** As zipkin does with a client's {@code b3}. */
    @Test
    void headerThatAPluginInFrontSetsShortensTheListAndWhatIsHiddenStaysHidden() {
        GatewayRequest request = IntStream.range(0, 98)
                .boxed()
                .reduce(GatewayRequest.get("/").header("apikey", "k"), (r, _) -> r.header("b3", "0"), (a, _) -> a)
                .header("x-hidden", "h");

        Outcome outcome = client.call(request.setInFront("B3", "1"), ROUTE);

        assertThat(RunnerFrames.headers(runner.onlyRequest()))
                .containsExactlyInAnyOrder(
                        Entry.of("host", "gateway.test"), Entry.of("apikey", "k"), Entry.of("b3", "1"));
        Outcome.Continue passed = (Outcome.Continue) outcome;
        assertThat(passed.upstream().header("x-hidden")).contains("h");
        assertThat(passed.upstream().headers("b3")).containsExactly("1");
    }

    @Test
    void headerThatAPluginInFrontRemovesLeavesAPlaceThatNothingTakes() {
        GatewayRequest request = IntStream.range(0, 99)
                .boxed()
                .reduce(GatewayRequest.get("/"), (r, i) -> r.header("x-" + i, "v"), (a, _) -> a)
                .header("x-hidden", "h")
                .setInFront("x-7", null);

        Outcome outcome = client.call(request, ROUTE);

        List<Entry> headers = RunnerFrames.headers(runner.onlyRequest());
        assertThat(headers).hasSize(99).noneMatch(header -> header.isNamed("x-hidden"));
        assertThat(((Outcome.Continue) outcome).upstream().header("x-7")).isEmpty();
    }

    @Test
    void argumentsKeepSeveralValuesAndTellFlagsFromEmptyOnes() {
        client.call(GatewayRequest.get("/?a=1&flag&empty=&a=2&b%20c=d+e&=nameless"), ROUTE);

        assertThat(RunnerFrames.args(runner.onlyRequest()))
                .containsExactlyInAnyOrder(
                        Entry.of("a", "1"),
                        Entry.of("a", "2"),
                        new Entry("flag", null),
                        Entry.of("empty", ""),
                        Entry.of("b c", "d e"));
    }

    @Test
    void moreThanAHundredArgumentsAreSent() {
        String query = String.join(
                "&", IntStream.range(0, 150).mapToObj(i -> "a" + i + "=1").toList());

        client.call(GatewayRequest.get("/?" + query), ROUTE);

        assertThat(runner.onlyRequest().argsLength()).isEqualTo(150);
    }

    @ParameterizedTest
    @CsvSource({
        "/f/none/a%2Fb%20c//d/../e, /f/none/a/b c/e",
        "/, /",
        "/a/, /a/",
        "/a/., /a/",
        "/a/b/.., /a/",
        "/a/%2e%2e/b, /b",
        "/a%3Fb%23c%25, /a?b#c%",
        "/..a/b+c, /..a/b+c"
    })
    void pathIsDecodedAndNormalised(String target, String path) {
        client.call(GatewayRequest.get(target), ROUTE);

        assertThat(runner.onlyRequest().path()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/..", "/a/../..", "/%zz", "/%", "/%00", "a"})
    void whatNginxRefusesIsNoRequest(String target) {
        assertThatIllegalArgumentException().isThrownBy(() -> GatewayRequest.get(target));
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.7, 4", "2001:db8::7, 16"})
    void clientAddressIsRawBytes(String address, int length) {
        InetAddress client = InetAddress.ofLiteral(address);
        this.client.call(GatewayRequest.get("/").from(client), ROUTE);

        var request = runner.onlyRequest();
        byte[] bytes = new byte[request.srcIpLength()];
        request.srcIpAsByteBuffer().get(bytes);
        assertThat(bytes).hasSize(length).isEqualTo(client.getAddress());
    }

    @Test
    void prepareConfCarriesKeyAndConfigurationsInOrder() {
        client.call(GatewayRequest.get("/"), ROUTE.and("second", "2").withVersion(127));

        var frame = runner.received(Frame.PREPARE_CONF).getFirst().frame();
        var req = io.github.api7.A6.PrepareConf.Req.getRootAsReq(
                java.nio.ByteBuffer.wrap(frame.body().bytes()));
        assertThat(req.key()).isEqualTo("route#r1#ext-plugin-pre-req#127");
        assertThat(RunnerFrames.list(req.confLength(), req::conf))
                .containsExactly(Entry.of("secret-key-auth", "{}"), Entry.of("second", "2"));
    }

    @Test
    void methodWithoutNumberIsRefusedBeforeTheRunnerIsAsked() {
        Outcome outcome = client.call(GatewayRequest.of("PURGE", "/"), ROUTE.withDegradation());

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.status()).isEqualTo(500));
        assertThat(runner.accepted()).isZero();
    }

    @Test
    void methodHasItsNumber() {
        client.call(GatewayRequest.of("PATCH", "/"), ROUTE);

        assertThat(runner.onlyRequest().method()).isEqualTo(io.github.api7.A6.Method.PATCH);
    }

    @Test
    void idsCountUpAndTheWorkerStandsInTheUpperBits() {
        try (RunnerClient two = RunnerClient.open(runner.socket(), RunnerClient.Options.DEFAULT.withWorkers(2))) {
            two.worker(1).call(GatewayRequest.get("/"), ROUTE);
            two.worker(1).call(GatewayRequest.get("/"), ROUTE);
        }

        assertThat(runner.received(Frame.HTTP_REQ_CALL))
                .extracting(it -> RunnerFrames.request(it.frame()).id())
                .containsExactly(1L << 22, (1L << 22) + 1);
    }
}
