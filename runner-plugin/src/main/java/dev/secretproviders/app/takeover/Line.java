package dev.secretproviders.app.takeover;

import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.crypto.UnsealException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One side of a takeover. Each message is sealed under the keyring, so that only runners with the same one understand
 * each other. Only a refusal is not sealed. Used by one thread.
 */
final class Line implements AutoCloseable {
    /** Grows when the messages change. */
    private static final int VERSION = 1;

    private static final int MARK = 0x53505431;
    private static final int LONGEST = 64 << 20;
    private static final int LONGEST_REFUSAL = 1 << 12;
    private static final int REFUSED = 0;
    private static final int MESSAGE = 1;

    private final SocketChannel channel;
    /** Null on a side that can only refuse. */
    private final @Nullable Sealer sealer;

    private final DataInputStream in;
    private final DataOutputStream out;

    Line(SocketChannel channel, @Nullable Sealer sealer) {
        this.channel = channel;
        this.sealer = sealer;
        this.in = new DataInputStream(Channels.newInputStream(channel));
        this.out = new DataOutputStream(Channels.newOutputStream(channel));
    }

    /** Says which version of the messages this side speaks. */
    void greet() throws IOException {
        write(() -> {
            out.writeInt(MARK);
            out.writeInt(VERSION);
        });
    }

    /**
     * Reads which version the other side speaks.
     *
     * @throws TakeoverException if it is another one
     */
    void requireSameVersion() throws IOException {
        int version = within(
                Step.HELLO, "; another takeover may be under way", () -> in.readInt() == MARK ? in.readInt() : -1);
        if (version != VERSION) {
            throw new RefusedTakeoverException("the other runner hands over in version " + version
                    + ", and this one in version " + VERSION + ": stop it, then start the new one");
        }
    }

    void send(Step step, byte... content) throws IOException {
        byte[] sealed = Objects.requireNonNull(sealer).seal(step.label(), content);
        write(() -> {
            out.writeByte(MESSAGE);
            out.writeInt(sealed.length);
            out.write(sealed);
        });
    }

    /** Tells the other side why there is no takeover, and waits until it has read that. */
    void refuse(String reason) throws IOException {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        write(() -> {
            out.writeByte(REFUSED);
            out.writeInt(text.length);
            out.write(text);
        });
        awaitEnd(Step.HELLO);
    }

    /**
     * Waits for a message.
     *
     * @return its content
     * @throws RefusedTakeoverException if the other side refused, or has another keyring
     * @throws TakeoverException if the other side left or took too long
     */
    byte[] receive(Step step) throws IOException {
        return within(step, "", () -> {
            int kind = in.readUnsignedByte();
            int length = in.readInt();
            if (length < 0 || length > (kind == REFUSED ? LONGEST_REFUSAL : LONGEST)) {
                throw new RefusedTakeoverException("the other side does not speak as a runner");
            }
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException();
            }
            if (kind == REFUSED) {
                throw new RefusedTakeoverException(new String(bytes, StandardCharsets.UTF_8));
            }
            try {
                return Objects.requireNonNull(sealer).open(step.label(), bytes);
            } catch (UnsealException e) {
                throw new RefusedTakeoverException(
                        "the other runner has another keyring, or does not follow the hand-over");
            }
        });
    }

    /** Waits until the other side has closed the connection, for as long as a step may take. */
    void awaitEnd(Step step) {
        try {
            long _ = within(step, "", () -> in.transferTo(OutputStream.nullOutputStream()));
        } catch (IOException e) {
            // It has.
        }
    }

    /** Returns whether the other side has not closed the connection. Call it only while no message is expected. */
    boolean open() {
        try {
            channel.configureBlocking(false);
            try {
                return channel.read(ByteBuffer.allocate(1)) == 0;
            } finally {
                channel.configureBlocking(true);
            }
        } catch (IOException e) {
            return false;
        }
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private <T> T within(Step step, String hint, Reading<T> reading) throws IOException {
        CompletableFuture<Void> late = CompletableFuture.runAsync(
                this::close, CompletableFuture.delayedExecutor(step.patience().toNanos(), TimeUnit.NANOSECONDS));
        try {
            return reading.read();
        } catch (TakeoverException e) {
            throw e;
        } catch (IOException e) {
            String reason = channel.isOpen()
                    ? "the other runner left"
                    : "the other runner did not answer within "
                            + step.patience().toSeconds() + " s" + hint;
            throw new TakeoverException(reason, e);
        } finally {
            var _ = late.cancel(false);
        }
    }

    private interface Writing {
        void write() throws IOException;
    }

    private static void write(Writing writing) throws IOException {
        try {
            writing.write();
        } catch (IOException e) {
            throw new TakeoverException("the other runner left", e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // The system closes it when the process ends.
        }
    }
}
