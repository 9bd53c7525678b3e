package dev.secretproviders.benchmarks.floor;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Counts bytes until the end of a frame, then answers it. Keeps only the header of what it reads. */
final class FloorConnection extends ChannelInboundHandlerAdapter {
    private static final int HEADER_LENGTH = 4;
    private static final int LENGTH_MASK = 0xff_ffff;

    /** This connection's views. It has one request at a time, so each view is written before it is needed again. */
    private final ByteBuf prepared;

    private final ByteBuf accepted;
    private int header;
    private int headerBytes;
    private int bodyLeft;

    FloorConnection(ConstantFrames frames) {
        prepared = frames.prepared().duplicate();
        accepted = frames.accepted().duplicate();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable()) {
                read(ctx, in);
            }
        } finally {
            in.release();
        }
    }

    private void read(ChannelHandlerContext ctx, ByteBuf in) {
        if (headerBytes == 0 && in.readableBytes() >= HEADER_LENGTH) {
            header = in.readInt();
            headerBytes = HEADER_LENGTH;
            bodyLeft = header & LENGTH_MASK;
        } else if (headerBytes < HEADER_LENGTH) {
            header = header << Byte.SIZE | in.readUnsignedByte();
            headerBytes++;
            bodyLeft = header & LENGTH_MASK;
        }
        if (headerBytes == HEADER_LENGTH) {
            int skipped = Math.min(bodyLeft, in.readableBytes());
            in.skipBytes(skipped);
            bodyLeft -= skipped;
            if (bodyLeft == 0) {
                headerBytes = 0;
                answer(ctx, header >>> 24);
            }
        }
    }

    private void answer(ChannelHandlerContext ctx, int type) {
        ByteBuf frame = type == ConstantFrames.PREPARE_CONF ? prepared : accepted;
        var _ = ctx.writeAndFlush(frame.readerIndex(0), ctx.voidPromise());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var _ = ctx.close();
    }
}
