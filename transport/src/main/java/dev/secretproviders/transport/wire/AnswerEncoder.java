package dev.secretproviders.transport.wire;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import io.github.api7.A6.Err.Code;
import io.github.api7.A6.HTTPReqCall.Action;
import io.github.api7.A6.HTTPReqCall.Resp;
import io.github.api7.A6.HTTPReqCall.Rewrite;
import io.github.api7.A6.HTTPReqCall.Stop;
import io.github.api7.A6.TextEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes answer frames. Refusals are shared objects, so each is encoded once and then copied with the request's id.
 * Belongs to one event loop. Not thread-safe.
 */
public final class AnswerEncoder {
    private static final int USUAL_SIZE = 1 << 10;
    private static final int KEPT_SIZE = 1 << 16;
    private static final int KEPT_TEMPLATES = 1 << 8;

    private final IdentityHashMap<Decision, AnswerTemplate> templates = new IdentityHashMap<>();
    private final AcceptEncoder accepts = new AcceptEncoder();
    private final AnswerTemplate pass;
    private FlatBufferBuilder builder = newBuilder();
    private int size = USUAL_SIZE;

    /** Creates an encoder for one event loop. */
    public AnswerEncoder() {
        pass = template(new FilterAnswer.Continue(null, List.of(), List.of()));
    }

    /** Returns an error frame that tells APISIX that its frame was malformed. */
    public ByteBuf badRequest(ByteBufAllocator allocator) {
        return error(allocator, Code.BAD_REQUEST);
    }

    /** Returns an error frame that makes APISIX send the route's configuration again. */
    public ByteBuf tokenNotFound(ByteBufAllocator allocator) {
        return error(allocator, Code.CONF_TOKEN_NOT_FOUND);
    }

    private ByteBuf error(ByteBufAllocator allocator, int code) {
        start();
        io.github.api7.A6.Err.Resp.startResp(builder);
        io.github.api7.A6.Err.Resp.addCode(builder, code);
        return frame(allocator, FrameType.ERROR, io.github.api7.A6.Err.Resp.endResp(builder));
    }

    /** Returns the answer to a PrepareConf. {@code token} holds the bits of the conf token. */
    public ByteBuf prepared(ByteBufAllocator allocator, int token) {
        start();
        io.github.api7.A6.PrepareConf.Resp.startResp(builder);
        io.github.api7.A6.PrepareConf.Resp.addConfToken(builder, Integer.toUnsignedLong(token));
        return frame(allocator, FrameType.PREPARE_CONF, io.github.api7.A6.PrepareConf.Resp.endResp(builder));
    }

    /** Returns the frame that asks APISIX for information. */
    public ByteBuf wanted(ByteBufAllocator allocator, InfoWanted wanted) {
        start();
        byte type = switch (wanted) {
            case InfoWanted.Variable _ -> io.github.api7.A6.ExtraInfo.Info.Var;
            case InfoWanted.RequestBody _ -> io.github.api7.A6.ExtraInfo.Info.ReqBody;
            case InfoWanted.ResponseBody _ -> io.github.api7.A6.ExtraInfo.Info.RespBody;
        };
        int info = switch (wanted) {
            case InfoWanted.Variable(String name) -> io.github.api7.A6.ExtraInfo.Var.createVar(builder, text(name));
            case InfoWanted.RequestBody _ -> {
                io.github.api7.A6.ExtraInfo.ReqBody.startReqBody(builder);
                yield io.github.api7.A6.ExtraInfo.ReqBody.endReqBody(builder);
            }
            case InfoWanted.ResponseBody _ -> {
                io.github.api7.A6.ExtraInfo.RespBody.startRespBody(builder);
                yield io.github.api7.A6.ExtraInfo.RespBody.endRespBody(builder);
            }
        };
        int req = io.github.api7.A6.ExtraInfo.Req.createReq(builder, type, info);
        return frame(allocator, FrameType.EXTRA_INFO, req);
    }

    /** Returns the frame of a built-in filter's decision. {@code id} holds the bits of the request's id. */
    public ByteBuf decision(ByteBufAllocator allocator, int id, Decision decision) {
        // No switch over types: it would cost a call for each request.
        if (decision instanceof Decision.Refuse refuse) {
            return refusal(refuse).copy(allocator, id);
        }
        Decision.Accept accept = (Decision.Accept) decision;
        if (!accept.setArguments().isEmpty()) {
            return answer(allocator, id, changes(accept));
        }
        return accept.headerCount() == 0 && accept.removedArguments().isEmpty()
                ? pass.copy(allocator, id)
                : accepts.encode(allocator, id, accept);
    }

    private static FilterAnswer.Continue changes(Decision.Accept accept) {
        List<Header> arguments = new ArrayList<>();
        accept.removedArguments().forEach(name -> arguments.add(new Header(name, null)));
        arguments.addAll(accept.setArguments());
        return new FilterAnswer.Continue(null, accept.headers(), arguments);
    }

    private AnswerTemplate refusal(Decision.Refuse refuse) {
        AnswerTemplate known = templates.get(refuse);
        if (known != null) {
            return known;
        }
        if (templates.size() >= KEPT_TEMPLATES) {
            templates.clear();
        }
        AnswerTemplate made =
                template(new FilterAnswer.Stop(refuse.status(), refuse.headers(), Content.of(refuse.body())));
        templates.put(refuse, made);
        return made;
    }

    /** Returns the frame of an answer. {@code id} holds the bits of the request's id. */
    public ByteBuf answer(ByteBufAllocator allocator, int id, FilterAnswer answer) {
        start();
        return switch (answer) {
            case FilterAnswer.Stop stop -> {
                int headers = entries(stop.headers(), Stop::createHeadersVector);
                int body = bytes(stop.body());
                Stop.startStop(builder);
                Stop.addStatus(builder, stop.status());
                addOffset(headers, Stop::addHeaders);
                addOffset(body, Stop::addBody);
                yield resp(allocator, id, Action.Stop, Stop.endStop(builder));
            }
            case FilterAnswer.Continue changes -> {
                int path = changes.path() == null ? 0 : text(changes.path());
                int headers = entries(changes.headers(), Rewrite::createHeadersVector);
                int arguments = entries(changes.arguments(), Rewrite::createArgsVector);
                yield path + headers + arguments == 0
                        ? resp(allocator, id, Action.NONE, 0)
                        : resp(allocator, id, Action.Rewrite, rewrite(path, headers, arguments));
            }
            case FilterAnswer.ToResponse changes -> {
                int headers = entries(changes.headers(), io.github.api7.A6.HTTPRespCall.Resp::createHeadersVector);
                int body = bytes(changes.body());
                io.github.api7.A6.HTTPRespCall.Resp.startResp(builder);
                io.github.api7.A6.HTTPRespCall.Resp.addId(builder, Integer.toUnsignedLong(id));
                io.github.api7.A6.HTTPRespCall.Resp.addStatus(builder, changes.status());
                addOffset(headers, io.github.api7.A6.HTTPRespCall.Resp::addHeaders);
                addOffset(body, io.github.api7.A6.HTTPRespCall.Resp::addBody);
                yield frame(allocator, FrameType.HTTP_RESP_CALL, io.github.api7.A6.HTTPRespCall.Resp.endResp(builder));
            }
        };
    }

    private int rewrite(int path, int headers, int arguments) {
        Rewrite.startRewrite(builder);
        addOffset(path, Rewrite::addPath);
        addOffset(headers, Rewrite::addHeaders);
        addOffset(arguments, Rewrite::addArgs);
        return Rewrite.endRewrite(builder);
    }

    private ByteBuf resp(ByteBufAllocator allocator, int id, byte actionType, int action) {
        Resp.startResp(builder);
        Resp.addId(builder, Integer.toUnsignedLong(id));
        Resp.addActionType(builder, actionType);
        addOffset(action, Resp::addAction);
        return frame(allocator, FrameType.HTTP_REQ_CALL, Resp.endResp(builder));
    }

    private void start() {
        if (size > KEPT_SIZE) {
            builder = newBuilder();
            size = USUAL_SIZE;
        } else {
            builder.clear();
        }
    }

    private static FlatBufferBuilder newBuilder() {
        // The id of a template is set later, so the field must exist even while the id is 0.
        return new FlatBufferBuilder(USUAL_SIZE).forceDefaults(true);
    }

    private ByteBuf frame(ByteBufAllocator allocator, int type, int root) {
        builder.finish(root);
        ByteBuffer message = builder.dataBuffer();
        size = message.capacity();
        if (message.remaining() > FrameType.MAX_BODY_LENGTH) {
            throw new IllegalStateException("an answer of " + message.remaining() + " bytes is too long for a frame");
        }
        return allocator
                .ioBuffer(FrameType.HEADER_LENGTH + message.remaining())
                .writeInt(type << 24 | message.remaining())
                .writeBytes(message);
    }

    private int entries(List<Header> entries, ToIntBiFunction<FlatBufferBuilder, int[]> vector) {
        if (entries.isEmpty()) {
            return 0;
        }
        int[] offsets = new int[entries.size()];
        for (int i = 0; i < offsets.length; i++) {
            Header entry = entries.get(i);
            offsets[i] = entry(entry.name(), entry.value());
        }
        return vector.applyAsInt(builder, offsets);
    }

    private int entry(String name, @Nullable String value) {
        int nameAt = text(name);
        int valueAt = value == null ? 0 : text(value);
        TextEntry.startTextEntry(builder);
        addOffset(nameAt, TextEntry::addName);
        addOffset(valueAt, TextEntry::addValue);
        return TextEntry.endTextEntry(builder);
    }

    private int text(String text) {
        return builder.createString(text);
    }

    private int bytes(Content content) {
        return content.isEmpty() ? 0 : builder.createByteVector(content.bytes());
    }

    /** Adds an offset unless it is 0. With forced defaults an absent field would become an offset to itself. */
    private void addOffset(int offset, OffsetField field) {
        if (offset != 0) {
            field.add(builder, offset);
        }
    }

    private interface OffsetField {
        void add(FlatBufferBuilder builder, int offset);
    }

    private AnswerTemplate template(FilterAnswer.ToRequest answer) {
        ByteBuf frame = answer(UnpooledByteBufAllocator.DEFAULT, 0, answer);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        frame.release();
        return AnswerTemplate.of(bytes);
    }
}
