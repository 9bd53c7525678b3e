package dev.secretproviders.gateway;

import com.google.flatbuffers.FlatBufferBuilder;
import io.github.api7.A6.ExtraInfo.Info;
import io.github.api7.A6.HTTPReqCall.Action;
import io.github.api7.A6.HTTPReqCall.Req;
import io.github.api7.A6.HTTPReqCall.Resp;
import io.github.api7.A6.HTTPReqCall.Rewrite;
import io.github.api7.A6.HTTPReqCall.Stop;
import io.github.api7.A6.TextEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The runner's side of the messages. */
final class RunnerFrames {
    private RunnerFrames() {}

    static Frame prepared(long token) {
        var builder = new FlatBufferBuilder();
        builder.finish(io.github.api7.A6.PrepareConf.Resp.createResp(builder, token));
        return frame(Frame.PREPARE_CONF, builder);
    }

    static Frame error(int code) {
        var builder = new FlatBufferBuilder();
        builder.finish(io.github.api7.A6.Err.Resp.createResp(builder, code));
        return frame(Frame.ERROR, builder);
    }

    static Frame pass(long id) {
        var builder = new FlatBufferBuilder();
        builder.finish(Resp.createResp(builder, id, Action.NONE, 0));
        return frame(Frame.HTTP_REQ_CALL, builder);
    }

    static Frame stop(int status, @Nullable String body, Entry... headers) {
        var builder = new FlatBufferBuilder();
        int bodyAt = body == null ? 0 : builder.createByteVector(Body.of(body).array());
        int headersAt = Stop.createHeadersVector(builder, entries(builder, headers));
        int action = Stop.createStop(builder, status, headersAt, bodyAt);
        builder.finish(Resp.createResp(builder, 0, Action.Stop, action));
        return frame(Frame.HTTP_REQ_CALL, builder);
    }

    static Frame rewriteHeaders(Entry... headers) {
        return rewrite(new RunnerMessage.Action.Rewrite(null, List.of(headers), List.of(), List.of(), Body.EMPTY));
    }

    static Frame rewrite(RunnerMessage.Action.Rewrite rewrite) {
        var builder = new FlatBufferBuilder();
        String path = rewrite.path();
        int pathAt = path == null ? 0 : builder.createString(path);
        int headers = Rewrite.createHeadersVector(builder, entries(builder, rewrite.headers()));
        int args = Rewrite.createArgsVector(builder, entries(builder, rewrite.args()));
        int responseHeaders = Rewrite.createHeadersVector(builder, entries(builder, rewrite.responseHeaders()));
        int body = builder.createByteVector(rewrite.body().array());
        builder.startTable(5);
        builder.addOffset(0, pathAt, 0);
        builder.addOffset(1, headers, 0);
        builder.addOffset(2, args, 0);
        builder.addOffset(3, responseHeaders, 0);
        builder.addOffset(4, body, 0);
        int action = builder.endTable();
        builder.finish(Resp.createResp(builder, 0, Action.Rewrite, action));
        return frame(Frame.HTTP_REQ_CALL, builder);
    }

    static Frame wantVariable(String name) {
        var builder = new FlatBufferBuilder();
        int variable = io.github.api7.A6.ExtraInfo.Var.createVar(builder, builder.createString(name));
        builder.finish(io.github.api7.A6.ExtraInfo.Req.createReq(builder, Info.Var, variable));
        return frame(Frame.EXTRA_INFO, builder);
    }

    static Frame wantRequestBody() {
        var builder = new FlatBufferBuilder();
        io.github.api7.A6.ExtraInfo.ReqBody.startReqBody(builder);
        int info = io.github.api7.A6.ExtraInfo.ReqBody.endReqBody(builder);
        builder.finish(io.github.api7.A6.ExtraInfo.Req.createReq(builder, Info.ReqBody, info));
        return frame(Frame.EXTRA_INFO, builder);
    }

    static Frame wantResponseBody() {
        var builder = new FlatBufferBuilder();
        io.github.api7.A6.ExtraInfo.RespBody.startRespBody(builder);
        int info = io.github.api7.A6.ExtraInfo.RespBody.endRespBody(builder);
        builder.finish(io.github.api7.A6.ExtraInfo.Req.createReq(builder, Info.RespBody, info));
        return frame(Frame.EXTRA_INFO, builder);
    }

    static Frame responseDecided(int status, @Nullable String body, Entry... headers) {
        var builder = new FlatBufferBuilder();
        int bodyAt = body == null ? 0 : builder.createByteVector(Body.of(body).array());
        int headersAt = io.github.api7.A6.HTTPRespCall.Resp.createHeadersVector(builder, entries(builder, headers));
        builder.finish(io.github.api7.A6.HTTPRespCall.Resp.createResp(builder, 0, status, headersAt, bodyAt));
        return frame(Frame.HTTP_RESP_CALL, builder);
    }

    static Req request(Frame frame) {
        return Req.getRootAsReq(ByteBuffer.wrap(frame.body().bytes()));
    }

    /** Returns the result of an ExtraInfo answer; null if it has none. */
    static @Nullable String info(Frame frame) {
        var resp = io.github.api7.A6.ExtraInfo.Resp.getRootAsResp(
                ByteBuffer.wrap(frame.body().bytes()));
        ByteBuffer result = resp.resultAsByteBuffer();
        return result == null
                ? null
                : java.nio.charset.StandardCharsets.UTF_8.decode(result).toString();
    }

    static List<Entry> headers(Req request) {
        return list(request.headersLength(), request::headers);
    }

    static List<Entry> args(Req request) {
        return list(request.argsLength(), request::args);
    }

    static List<Entry> list(int length, IntFunction<TextEntry> at) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            entries.add(new Entry(at.apply(i).name(), at.apply(i).value()));
        }
        return entries;
    }

    private static int[] entries(FlatBufferBuilder builder, List<Entry> entries) {
        return entries(builder, entries.toArray(Entry[]::new));
    }

    private static int[] entries(FlatBufferBuilder builder, Entry... entries) {
        int[] offsets = new int[entries.length];
        for (int i = 0; i < entries.length; i++) {
            String value = entries[i].value();
            int name = builder.createString(entries[i].name());
            offsets[i] = TextEntry.createTextEntry(builder, name, value == null ? 0 : builder.createString(value));
        }
        return offsets;
    }

    private static Frame frame(int type, FlatBufferBuilder builder) {
        return new Frame(type, Body.of(builder.sizedByteArray()));
    }
}
