package dev.secretproviders.app.takeover;

import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The new runner's side of a takeover. Used by one thread. If it is closed before {@link #taken}, the old runner goes on.
 */
public final class TakeoverCall implements AutoCloseable {
    private final Line line;
    private boolean greeted;

    private TakeoverCall(Line line) {
        this.line = line;
    }

    /**
     * Connects to the running runner.
     *
     * @return null if no runner runs
     * @throws IOException if there is one that cannot be reached; the message says why
     */
    public static @Nullable TakeoverCall open(Path dataDirectory, Sealer sealer) throws IOException {
        Path place = TakeoverSocket.in(dataDirectory);
        if (!Files.exists(place)) {
            return null;
        }
        try {
            return new TakeoverCall(new Line(SocketChannel.open(UnixDomainSocketAddress.of(place)), sealer));
        } catch (ConnectException e) {
            // Left behind by a runner that ended.
            return null;
        }
    }

    /**
     * Waits until the running runner turns to this one. It serves one takeover at a time. {@link #hello} does it if it was
     * not done before.
     *
     * @throws TakeoverException if it does not in time, or has another version
     */
    public void greet() throws IOException {
        if (!greeted) {
            line.greet();
            line.requireSameVersion();
            greeted = true;
        }
    }

    /**
     * Introduces this runner.
     *
     * @param socket where it will listen
     * @return the key of the old runner's digests, which the caller closes
     * @throws TakeoverException if the old runner refuses
     */
    public Secret hello(Path socket) throws IOException {
        greet();
        line.send(Step.HELLO, socket.toString().getBytes(StandardCharsets.UTF_8));
        return Secret.owning(line.receive(Step.STATE));
    }

    /** Asks for the store. Returns how many credentials the old runner cannot decide. On return the store is closed. */
    public int release() throws IOException {
        line.send(Step.RELEASE);
        return ByteBuffer.wrap(line.receive(Step.RELEASED)).getInt();
    }

    /** Says that the name of the socket will be taken. Returns the tokens of the old runner's routes. */
    public byte[] taking() throws IOException {
        line.send(Step.TAKING);
        return line.receive(Step.GO);
    }

    /**
     * Says that this runner serves the socket, and waits until the old one has nothing left to pass on. The old one then
     * ends by itself.
     *
     * @return the uses of the old runner's credentials, as far as it has told them
     */
    public List<UseMarks> taken() {
        List<UseMarks> uses = new ArrayList<>();
        try {
            line.send(Step.TAKEN);
            for (byte[] part = line.receive(Step.ENDED); part.length > 0; part = line.receive(Step.ENDED)) {
                uses.addAll(UseFormat.read(part));
            }
            line.awaitEnd(Step.ENDED);
        } catch (IOException e) {
            // It has ended, or will when it sees that the name is not its own. From now on it does not matter how.
            LoggerFactory.getLogger(TakeoverCall.class)
                    .warn("not all last uses of credentials by the old runner are known: {}", e.getMessage());
        }
        return uses;
    }

    /**
     * Checks that the old runner still waits. Call it when it was not asked anything, and before the name is taken.
     *
     * @throws TakeoverException if it has left, or waited for too long and goes on
     */
    public void requireWaiting() throws TakeoverException {
        if (!line.open()) {
            throw new TakeoverException("the running runner left, or has waited for too long");
        }
    }

    /** Returns whether a failure may mean that the old runner has ended. It has not if it refused. */
    public static boolean mayHaveEnded(IOException failure) {
        return !(failure instanceof RefusedTakeoverException);
    }

    @Override
    public void close() {
        line.close();
    }
}
