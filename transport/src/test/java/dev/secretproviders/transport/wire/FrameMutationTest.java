package dev.secretproviders.transport.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.secretproviders.gateway.Body;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.Frame;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.UpstreamResponse;
import io.github.api7.A6.HTTPReqCall.Req;
import io.github.api7.A6.TextEntry;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** No bytes make the reader throw anything but its own exception, read outside the frame, or run for long. */
final class FrameMutationTest {
    private static final int ROUNDS = 50_000;

    private static final List<Frame> WHOLE = List.of(
            Messages.prepareConf("route#2#ext-plugin-pre-req#1", List.of(Entry.of("keys", "{}"), Entry.of("a", ""))),
            Messages.httpReqCall(
                    1,
                    2,
                    GatewayRequest.get("/a?flag&b=1&apikey=2")
                            .header("apikey", "key-1")
                            .header("x-a", "1")),
            Messages.httpRespCall(1, 2, new UpstreamResponse(200, List.of(Entry.of("X-A", "b")), Body.EMPTY)),
            Messages.extraInfo(Body.of("result")));

    @Test
    void wholeFramesAreRead() {
        assertThat(WHOLE)
                .allMatch(frame ->
                        FrameReading.isWellFormed(frame.type(), frame.body().bytes()));
    }

    @Test
    void changedFramesAreReadOrRefused() {
        Random random = new Random(42);
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Frame frame = WHOLE.get(round % WHOLE.size());
            byte[] body = frame.body().bytes();
            int length = random.nextInt(4) == 0 ? random.nextInt(body.length + 1) : body.length;
            byte[] changed = new byte[length];
            System.arraycopy(body, 0, changed, 0, length);
            for (int n = random.nextInt(4); n > 0 && length > 0; n--) {
                changed[random.nextInt(length)] = edge(random);
            }
            if (!FrameReading.isWellFormed(frame.type(), changed)) {
                refused++;
            }
        }
        assertThat(refused).isBetween(ROUNDS / 10, ROUNDS * 9 / 10);
    }

    /** Small and extreme values turn offsets and lengths into wrong ones more often than any value does. */
    private static byte edge(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> (byte) 0;
            case 1 -> (byte) 0xff;
            case 2 -> (byte) random.nextInt(32);
            default -> (byte) random.nextInt();
        };
    }

    @Test
    void entriesThatShareOneTextAreRefused() {
        // Many entries that all point to one long text would make a small frame cost memory without bound.
        var builder = new FlatBufferBuilder();
        int text = builder.createString("a".repeat(1000));
        int[] entries = new int[500];
        Arrays.setAll(entries, _ -> TextEntry.createTextEntry(builder, text, text));
        int headers = Req.createHeadersVector(builder, entries);
        builder.finish(Req.createReq(builder, 1, 0, 0, text, 0, headers, 2));

        assertThat(FrameReading.isWellFormed(Frame.HTTP_REQ_CALL, builder.sizedByteArray()))
                .isFalse();
    }
}
