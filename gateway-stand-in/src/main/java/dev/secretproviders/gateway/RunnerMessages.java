package dev.secretproviders.gateway;

import com.google.flatbuffers.Table;
import dev.secretproviders.gateway.RunnerMessage.Action;
import io.github.api7.A6.ExtraInfo.Info;
import io.github.api7.A6.ExtraInfo.Var;
import io.github.api7.A6.TextEntry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Decodes what a runner sends. */
public final class RunnerMessages {
    private RunnerMessages() {}

    /**
     * Decodes a frame by its type.
     *
     * @throws MalformedFrameException if a runner never sends this type, or the body is malformed
     */
    public static RunnerMessage decode(Frame frame) throws MalformedFrameException {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(frame.body().array());
            return switch (frame.type()) {
                case Frame.ERROR ->
                    new RunnerMessage.Failure(
                            io.github.api7.A6.Err.Resp.getRootAsResp(buffer).code());
                case Frame.PREPARE_CONF ->
                    new RunnerMessage.Prepared(io.github.api7.A6.PrepareConf.Resp.getRootAsResp(buffer)
                            .confToken());
                case Frame.HTTP_REQ_CALL -> decided(io.github.api7.A6.HTTPReqCall.Resp.getRootAsResp(buffer));
                case Frame.EXTRA_INFO -> infoWanted(io.github.api7.A6.ExtraInfo.Req.getRootAsReq(buffer));
                case Frame.HTTP_RESP_CALL -> responseDecided(io.github.api7.A6.HTTPRespCall.Resp.getRootAsResp(buffer));
                default -> throw new MalformedFrameException("unexpected type " + frame.type());
            };
        } catch (RuntimeException e) {
            // FlatBuffers does not verify: an offset outside the buffer causes one of several exceptions.
            throw new MalformedFrameException("frame of type " + frame.type() + " is no such message", e);
        }
    }

    private static RunnerMessage decided(io.github.api7.A6.HTTPReqCall.Resp resp) {
        Action action = switch (resp.actionType()) {
            case io.github.api7.A6.HTTPReqCall.Action.Stop -> {
                var stop = new io.github.api7.A6.HTTPReqCall.Stop();
                present(resp.action(stop), "action");
                yield new Action.Stop(
                        stop.status(), entries(stop.headersLength(), stop::headers), body(stop.bodyAsByteBuffer()));
            }
            case io.github.api7.A6.HTTPReqCall.Action.Rewrite -> {
                var rewrite = new io.github.api7.A6.HTTPReqCall.Rewrite();
                present(resp.action(rewrite), "action");
                var withBody = new RewriteBody();
                resp.action(withBody);
                yield new Action.Rewrite(
                        text(rewrite.pathAsByteBuffer()),
                        entries(rewrite.headersLength(), rewrite::headers),
                        entries(rewrite.argsLength(), rewrite::args),
                        entries(rewrite.respHeadersLength(), rewrite::respHeaders),
                        body(withBody.asByteBuffer()));
            }
            default -> new Action.None();
        };
        return new RunnerMessage.Decided(resp.id(), action);
    }

    private static RunnerMessage infoWanted(io.github.api7.A6.ExtraInfo.Req req) throws MalformedFrameException {
        return switch (req.infoType()) {
            case Info.Var -> {
                var variable = new Var();
                present(req.info(variable), "info");
                yield new RunnerMessage.InfoWanted.Variable(present(text(variable.nameAsByteBuffer()), "name"));
            }
            case Info.ReqBody -> new RunnerMessage.InfoWanted.RequestBody();
            case Info.RespBody -> new RunnerMessage.InfoWanted.ResponseBody();
            default -> throw new MalformedFrameException("unsupported info type: " + req.infoType());
        };
    }

    private static RunnerMessage responseDecided(io.github.api7.A6.HTTPRespCall.Resp resp) {
        return new RunnerMessage.ResponseDecided(
                resp.id(), resp.status(), entries(resp.headersLength(), resp::headers), body(resp.bodyAsByteBuffer()));
    }

    private static List<Entry> entries(int length, IntFunction<TextEntry> at) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            TextEntry entry = at.apply(i);
            entries.add(new Entry(
                    present(text(entry.nameAsByteBuffer()), "name of an entry"), text(entry.valueAsByteBuffer())));
        }
        return entries;
    }

    private static <T> T present(@Nullable T value, String what) {
        if (value == null) {
            throw new IllegalArgumentException("the answer has no " + what);
        }
        return value;
    }

    private static @Nullable String text(@Nullable ByteBuffer bytes) {
        return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private static Body body(@Nullable ByteBuffer bytes) {
        if (bytes == null) {
            return Body.EMPTY;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return Body.owning(copy);
    }

    /** The field {@code body} of {@code Rewrite}, which the schema has since 0.6.1 and the Java classes 0.6.0 lack. */
    private static final class RewriteBody extends Table {
        /** The fifth field: two bytes for each, after the four bytes of the table's own sizes. */
        private static final int SLOT = 4 + 2 * 4;

        @Nullable
        ByteBuffer asByteBuffer() {
            return __offset(SLOT) == 0 ? null : __vector_as_bytebuffer(SLOT, 1);
        }
    }
}
