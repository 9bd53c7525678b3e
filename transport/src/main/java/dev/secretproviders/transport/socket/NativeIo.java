package dev.secretproviders.transport.socket;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;

/** The operating system's own way to wait for sockets: epoll on Linux, kqueue on macOS. */
public record NativeIo(IoHandlerFactory handler, Class<? extends ServerChannel> serverChannel) {

    /** @throws IllegalStateException if this machine has neither */
    static NativeIo available() {
        if (Epoll.isAvailable()) {
            return new NativeIo(EpollIoHandler.newFactory(), EpollServerDomainSocketChannel.class);
        }
        if (KQueue.isAvailable()) {
            return new NativeIo(KQueueIoHandler.newFactory(), KQueueServerDomainSocketChannel.class);
        }
        throw new IllegalStateException(
                "no native sockets: the runner works on Linux and macOS, on x86-64 and 64-bit ARM",
                Epoll.unavailabilityCause());
    }
}
