package dev.secretproviders.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The runner that takes over, as a {@link ConnectionInlet} of it. It gets the connections themselves. So APISIX sees none
 * of them closed, and no request can meet a connection that is being closed.
 */
final class Successor {
    private final Channel channel;

    private Successor(Channel channel) {
        this.channel = channel;
    }

    /**
     * Connects to the successor.
     *
     * @throws IOException if that is not possible
     */
    static Successor connect(EventLoopGroup loops, Path inlet) throws IOException {
        ChannelFuture connected = new Bootstrap()
                .group(loops)
                .channel(EpollDomainSocketChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(new DomainSocketAddress(inlet.toString()))
                .awaitUninterruptibly();
        if (!connected.isSuccess()) {
            throw new IOException("the other runner does not take connections", connected.cause());
        }
        return new Successor(connected.channel());
    }

    /**
     * Passes a connection on, and closes it here, which the peer does not see. Nothing may be left to read or to write
     * for this process.
     */
    void pass(Channel connection) {
        connection.deregister().addListener(_ -> {
            FileDescriptor descriptor =
                    new FileDescriptor(((UnixChannel) connection).fd().intValue());
            channel.writeAndFlush(descriptor).addListener(_ -> {
                var _ = connection.close();
            });
        });
    }

    void close() {
        var _ = channel.close().awaitUninterruptibly();
    }
}
