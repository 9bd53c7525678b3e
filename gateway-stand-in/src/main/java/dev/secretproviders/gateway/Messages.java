package dev.secretproviders.gateway;

import com.google.flatbuffers.FlatBufferBuilder;
import io.github.api7.A6.TextEntry;
import java.util.List;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/** Builds the frames that APISIX sends. */
public final class Messages {
    private Messages() {}

    /**
     * Builds PrepareConf.
     *
     * @param key as {@link RouteConf#key}, or anything in a hostile test
     * @param conf plugin names with their configuration
     */
    public static Frame prepareConf(String key, List<Entry> conf) {
        var builder = new FlatBufferBuilder();
        int keyAt = builder.createString(key);
        int confAt = entries(builder, conf, io.github.api7.A6.PrepareConf.Req::createConfVector);
        builder.finish(io.github.api7.A6.PrepareConf.Req.createReq(builder, confAt, keyAt));
        return frame(Frame.PREPARE_CONF, builder);
    }

    /**
     * Builds HTTPReqCall.
     *
     * @param id unsigned 32 bits
     * @param token from the answer to PrepareConf
     * @throws IllegalArgumentException if the method has no number on the wire, or the frame would be too long
     */
    public static Frame httpReqCall(long id, long token, GatewayRequest request) {
        int method = Method.number(request.method())
                .orElseThrow(() -> new IllegalArgumentException("no number for method " + request.method()));
        var builder = new FlatBufferBuilder();
        int path = builder.createString(request.path());
        int address = builder.createByteVector(request.clientAddress().getAddress());
        int args = entries(builder, request.wireArgs(), io.github.api7.A6.HTTPReqCall.Req::createArgsVector);
        int headers = entries(builder, request.wireHeaders(), io.github.api7.A6.HTTPReqCall.Req::createHeadersVector);
        builder.finish(
                io.github.api7.A6.HTTPReqCall.Req.createReq(builder, id, address, method, path, args, headers, token));
        return frame(Frame.HTTP_REQ_CALL, builder);
    }

    /**
     * Builds HTTPRespCall.
     *
     * @param id unsigned 32 bits
     * @param token from the answer to PrepareConf
     * @param response the upstream's; its body stays here until the runner asks for it
     */
    public static Frame httpRespCall(long id, long token, UpstreamResponse response) {
        var builder = new FlatBufferBuilder();
        int headers = entries(builder, response.headers(), io.github.api7.A6.HTTPRespCall.Req::createHeadersVector);
        builder.finish(io.github.api7.A6.HTTPRespCall.Req.createReq(builder, id, response.status(), headers, token));
        return frame(Frame.HTTP_RESP_CALL, builder);
    }

    /**
     * Builds the answer to an ExtraInfo request.
     *
     * @param result null if there is none
     */
    public static Frame extraInfo(@Nullable Body result) {
        var builder = new FlatBufferBuilder();
        int resultAt = result == null ? 0 : builder.createByteVector(result.array());
        io.github.api7.A6.ExtraInfo.Resp.startResp(builder);
        if (result != null) {
            io.github.api7.A6.ExtraInfo.Resp.addResult(builder, resultAt);
        }
        builder.finish(io.github.api7.A6.ExtraInfo.Resp.endResp(builder));
        return frame(Frame.EXTRA_INFO, builder);
    }

    private static int entries(
            FlatBufferBuilder builder, List<Entry> entries, ToIntBiFunction<FlatBufferBuilder, int[]> vector) {
        int[] offsets = new int[entries.size()];
        for (int i = 0; i < offsets.length; i++) {
            String value = entries.get(i).value();
            int nameAt = builder.createString(entries.get(i).name());
            int valueAt = value == null ? 0 : builder.createString(value);
            TextEntry.startTextEntry(builder);
            TextEntry.addName(builder, nameAt);
            if (value != null) {
                TextEntry.addValue(builder, valueAt);
            }
            offsets[i] = TextEntry.endTextEntry(builder);
        }
        return vector.applyAsInt(builder, offsets);
    }

    private static Frame frame(int type, FlatBufferBuilder builder) {
        return new Frame(type, Body.owning(builder.sizedByteArray()));
    }
}
