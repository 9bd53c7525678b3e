package dev.secretproviders.benchmarks.floor;

import com.google.flatbuffers.FlatBufferBuilder;
import io.github.api7.A6.HTTPReqCall.Action;
import io.github.api7.A6.HTTPReqCall.Resp;
import io.github.api7.A6.HTTPReqCall.Rewrite;
import io.github.api7.A6.TextEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The two frames that the floor sends. Shared by all connections: each is sent as a view, without a copy.
 *
 * @param prepared answers PrepareConf
 * @param accepted answers HTTPReqCall, as long as the runner's answer to an accepted request
 */
record ConstantFrames(ByteBuf prepared, ByteBuf accepted) {
    static final int PREPARE_CONF = 1;
    static final int HTTP_REQ_CALL = 2;

    private static final long TOKEN = 1;
    private static final long ID = 1;
    private static final String HEADER = "X-Consumer-Username";

    static ConstantFrames accepting(String consumer) {
        FlatBufferBuilder token = new FlatBufferBuilder();
        io.github.api7.A6.PrepareConf.Resp.startResp(token);
        io.github.api7.A6.PrepareConf.Resp.addConfToken(token, TOKEN);
        token.finish(io.github.api7.A6.PrepareConf.Resp.endResp(token));

        FlatBufferBuilder answer = new FlatBufferBuilder();
        int entry = TextEntry.createTextEntry(answer, answer.createString(HEADER), answer.createString(consumer));
        int headers = Rewrite.createHeadersVector(answer, new int[] {entry});
        Rewrite.startRewrite(answer);
        Rewrite.addHeaders(answer, headers);
        answer.finish(Resp.createResp(answer, ID, Action.Rewrite, Rewrite.endRewrite(answer)));
        return new ConstantFrames(frame(PREPARE_CONF, token), frame(HTTP_REQ_CALL, answer));
    }

    private static ByteBuf frame(int type, FlatBufferBuilder message) {
        byte[] body = message.sizedByteArray();
        ByteBuf frame = Unpooled.directBuffer(Integer.BYTES + body.length);
        frame.writeInt(type << 24 | body.length).writeBytes(body);
        return Unpooled.unreleasableBuffer(frame);
    }
}
