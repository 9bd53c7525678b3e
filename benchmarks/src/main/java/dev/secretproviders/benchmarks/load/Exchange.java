package dev.secretproviders.benchmarks.load;

import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.MalformedFrameException;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.gateway.RunnerMessages;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request and its right answer, both ready as bytes. The server is asked once and its answer is checked. Every
 * further answer must have the same bytes, except for the id and the name of the key's consumer.
 *
 * @param keys the keys of the requests, in turn
 * @param names the consumer name in the answer to each key
 * @param question what the server asks before it answers, or null; always the same
 */
public record Exchange(
        FrameTemplate request,
        FrameTemplate answer,
        Texts keys,
        Texts names,
        @Nullable Question question) {
    private static final String TARGET = "request_uri";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int FIRST_ID = 0x0102_0304;

    /**
     * A question of the server for more of the request.
     *
     * @param asked its bytes
     * @param reply the bytes of the reply
     */
    record Question(FrameTemplate asked, FrameTemplate reply) {}

    /**
     * Prepares the route and asks once.
     *
     * @param conf the plugins of the route
     * @param request makes the request that carries a key
     * @param expected the expected answer
     * @throws IOException if the server does not answer as expected; the message quotes its answer
     */
    public static Exchange ask(
            Path socket,
            RouteConf conf,
            Function<String, GatewayRequest> request,
            Texts keys,
            Texts names,
            Expected expected)
            throws IOException {
        long token = prepare(socket, conf);
        try (RawConnection connection = RawConnection.open(socket)) {
            GatewayRequest first = request.apply(keys.get(0));
            byte[] sent = Messages.httpReqCall(FIRST_ID, token, first).encode();
            connection.send(sent);
            Frame received = connection.readFrame(PATIENCE);
            RunnerMessage answer = decode(received);
            Question question = null;
            if (answer instanceof RunnerMessage.InfoWanted.Variable(String name) && name.equals(TARGET)) {
                Frame reply = Messages.extraInfo(Body.of(first.target()));
                question =
                        new Question(FrameTemplate.constant(received.encode()), FrameTemplate.constant(reply.encode()));
                connection.send(reply);
                received = connection.readFrame(PATIENCE);
                answer = decode(received);
            }
            if (!(answer instanceof RunnerMessage.Decided decided)) {
                throw new IOException("the server answered " + answer);
            }
            expected.check(decided, FIRST_ID, names.get(0));
            byte[] bytes = received.encode();
            return new Exchange(
                    FrameTemplate.of(sent, keys.get(0)),
                    expected.constant() ? FrameTemplate.constant(bytes) : FrameTemplate.of(bytes, names.get(0)),
                    keys,
                    names,
                    question);
        }
    }

    /** Prepares on a separate connection, as APISIX does: the official runner answers twice. */
    private static long prepare(Path socket, RouteConf conf) throws IOException {
        try (RawConnection connection = RawConnection.open(socket)) {
            connection.send(Messages.prepareConf(conf.key(RouteConf.Plugin.PRE_REQ), conf.conf()));
            RunnerMessage answer = decode(connection.readFrame(PATIENCE));
            if (answer instanceof RunnerMessage.Prepared(long token)) {
                return token;
            }
            throw new IOException("the server answered " + answer + " to PrepareConf");
        }
    }

    private static RunnerMessage decode(Frame frame) throws IOException {
        try {
            return RunnerMessages.decode(frame);
        } catch (MalformedFrameException e) {
            throw new IOException("the server sent a malformed answer", e);
        }
    }
}
