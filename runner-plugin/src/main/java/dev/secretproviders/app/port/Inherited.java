package dev.secretproviders.app.port;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.Set;

/**
 * A channel whose socket was replaced by an inherited one. The channel itself does not know the address.
 *
 * @param number the descriptor of the socket
 * @param address where it listens
 */
record Inherited(NetworkChannel channel, int number, InetSocketAddress address) implements NetworkChannel {
    @Override
    public NetworkChannel bind(SocketAddress local) throws IOException {
        return channel.bind(local);
    }

    @Override
    public SocketAddress getLocalAddress() {
        return address;
    }

    @Override
    public <T> NetworkChannel setOption(SocketOption<T> name, T value) throws IOException {
        return channel.setOption(name, value);
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return channel.getOption(name);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return channel.supportedOptions();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
