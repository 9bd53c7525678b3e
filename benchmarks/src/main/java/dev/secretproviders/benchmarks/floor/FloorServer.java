package dev.secretproviders.benchmarks.floor;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;

/** The floor as a process: {@code FloorServer SOCKET CONSUMER}. Runs until it is killed. */
public final class FloorServer {
    /** The prefix of the names of its event loops, the same as the runner's. */
    public static final String THREADS = "transport";

    private static final int BACKLOG = 4096;

    private FloorServer() {}

    /**
     * Serves requests.
     *
     * @param arguments the socket, and the consumer name in the answer
     */
    public static void main(String[] arguments) {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(
                Runtime.getRuntime().availableProcessors(),
                new DefaultThreadFactory(THREADS),
                EpollIoHandler.newFactory());
        ConstantFrames frames = ConstantFrames.accepting(arguments[1]);
        new ServerBootstrap()
                .group(group)
                .channel(EpollServerDomainSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new FloorConnection(frames));
                    }
                })
                .bind(new DomainSocketAddress(arguments[0]))
                .syncUninterruptibly()
                .channel()
                .closeFuture()
                .syncUninterruptibly();
    }
}
