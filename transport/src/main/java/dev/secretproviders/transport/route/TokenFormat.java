package dev.secretproviders.transport.route;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.crypto.WipedBytes;
import dev.secretproviders.transport.wire.Messages;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Converts tokens to bytes before sealing, and back after unsealing. */
public final class TokenFormat {
    private static final int VERSION = 1;

    private TokenFormat() {}

    /** Returns the tokens as bytes, which the caller wipes. */
    public static byte[] write(List<KnownToken> tokens, Instant now) throws IOException {
        try (WipedBytes bytes = new WipedBytes()) {
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(VERSION);
            out.writeLong(now.toEpochMilli());
            out.writeInt(tokens.size());
            for (KnownToken known : tokens) {
                out.writeInt(known.token());
                out.writeLong(known.left().toMillis());
                out.writeBoolean(known.newest());
                text(out, known.source().key());
                out.writeInt(known.source().conf().size());
                for (Header conf : known.source().conf()) {
                    text(out, conf.name());
                    text(out, conf.value());
                }
            }
            return bytes.toByteArray();
        }
    }

    /**
     * Returns the tokens that are still valid.
     *
     * @throws IOException if the bytes were not written by {@link #write}
     */
    public static List<KnownToken> read(byte[] bytes, Instant now) throws IOException {
        try {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
            int version = in.readInt();
            if (version != VERSION) {
                throw new IOException(
                        "it has format " + version + ", and this version of secret-providers reads format " + VERSION);
            }
            Duration elapsed = Duration.between(Instant.ofEpochMilli(in.readLong()), now);
            List<KnownToken> tokens = new ArrayList<>();
            for (int more = in.readInt(); more > 0; more--) {
                int token = in.readInt();
                Duration left = Duration.ofMillis(in.readLong());
                // A clock that was set back makes no token younger.
                left = elapsed.isPositive() ? left.minus(elapsed) : left;
                boolean newest = in.readBoolean();
                Messages.PrepareConf source = new Messages.PrepareConf(needed(in), conf(in));
                if (left.isPositive()) {
                    tokens.add(new KnownToken(token, source, left, newest));
                }
            }
            return tokens;
        } catch (DateTimeException | ArithmeticException e) {
            throw new IOException("its content is not in the format that this runner writes", e);
        }
    }

    private static List<Header> conf(DataInputStream in) throws IOException {
        List<Header> conf = new ArrayList<>();
        for (int more = in.readInt(); more > 0; more--) {
            conf.add(new Header(needed(in), text(in)));
        }
        return conf;
    }

    private static void text(DataOutputStream out, @Nullable String text) throws IOException {
        byte[] bytes = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            out.write(bytes);
        }
    }

    private static @Nullable String text(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length < 0 ? null : new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static String needed(DataInputStream in) throws IOException {
        String text = text(in);
        if (text == null) {
            throw new IOException("its content lacks a text");
        }
        return text;
    }
}
