package dev.secretproviders.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Takes the connections of the runner before this one. It is a socket in a directory that only the runner's user can
 * enter. On it the descriptors arrive. Only one thread at a time may use it.
 */
public final class ConnectionInlet implements AutoCloseable {
    private final Channel listener;
    private final Path place;

    private ConnectionInlet(Channel listener, Path place) {
        this.listener = listener;
        this.place = place;
    }

    static Path in(Path directory) {
        return directory.resolve("s");
    }

    static ConnectionInlet open(EventLoopGroup loops, Transport transport, Path directory) throws IOException {
        Path place = in(directory);
        Files.deleteIfExists(place);
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(EpollServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<EpollDomainSocketChannel>() {
                    @Override
                    protected void initChannel(EpollDomainSocketChannel predecessor) {
                        predecessor.config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS);
                        predecessor.pipeline().addLast(new Descriptors(loops, transport));
                    }
                })
                .bind(new DomainSocketAddress(place.toString()))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("connections cannot be taken over at " + place, bound.cause());
        }
        return new ConnectionInlet(bound.channel(), place);
    }

    /** Makes a connection of each descriptor. */
    private static final class Descriptors extends ChannelInboundHandlerAdapter {
        private final EventLoopGroup loops;
        private final Transport transport;

        Descriptors(EventLoopGroup loops, Transport transport) {
            this.loops = loops;
            this.transport = transport;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof FileDescriptor descriptor) {
                EpollDomainSocketChannel connection = new EpollDomainSocketChannel(descriptor.intValue());
                connection.pipeline().addLast(new Connection(transport));
                var _ = loops.register(connection);
            }
        }
    }

    /** Takes no more connections. */
    @Override
    public void close() {
        var _ = listener.close().awaitUninterruptibly();
        try {
            Files.deleteIfExists(place);
        } catch (IOException e) {
            // The next takeover removes it.
        }
    }
}
