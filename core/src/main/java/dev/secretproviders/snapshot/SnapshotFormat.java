package dev.secretproviders.snapshot;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.WipedBytes;
import dev.secretproviders.resolve.value.HeldValue;
import dev.secretproviders.resolve.value.HeldValues;
import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.resolve.value.Part;
import dev.secretproviders.snapshot.Snapshot.SavedProvider;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.Transform;
import dev.secretproviders.validity.Validity;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Converts a {@link Snapshot} to bytes before sealing, and back after unsealing. Format 3 has when credentials
 * count. Format 2 had the values that are needed themselves, format 1 digests only; both are still read.
 */
final class SnapshotFormat {
    private static final int VERSION = 3;
    private static final int WITHOUT_VALIDITY = 2;
    private static final int WITHOUT_VALUES = 1;
    private static final int DIGEST = 32;
    private static final int SHORT = 1;
    private static final int HASH = 2;

    private SnapshotFormat() {}

    static byte[] write(Snapshot snapshot) throws IOException {
        try (WipedBytes bytes = new WipedBytes()) {
            write(snapshot, new DataOutputStream(bytes));
            return bytes.toByteArray();
        }
    }

    private static void write(Snapshot snapshot, DataOutputStream out) throws IOException {
        out.writeInt(VERSION);
        out.writeLong(snapshot.savedAt().toEpochMilli());
        text(out, snapshot.boot());
        out.writeLong(snapshot.uptime().toMillis());
        byte[] key = snapshot.digestKey().use(byte[]::clone);
        out.write(key);
        Arrays.fill(key, (byte) 0);
        out.writeInt(snapshot.providers().size());
        for (Map.Entry<ProviderId, SavedProvider> provider :
                snapshot.providers().entrySet()) {
            text(out, provider.getKey().manager());
            text(out, provider.getKey().id());
            text(out, provider.getValue().fingerprint());
            out.writeInt(provider.getValue().secrets().size());
            for (KnownSecret secret : provider.getValue().secrets()) {
                secret(out, secret);
            }
        }
    }

    /**
     * Reads a snapshot.
     *
     * @throws IOException if the bytes were not written by {@link #write}
     */
    static Snapshot read(byte[] bytes) throws IOException {
        try {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
            int version = in.readInt();
            if (version < WITHOUT_VALUES || version > VERSION) {
                throw new UnknownFormatException("it has format " + version
                        + ", and this version of secret-providers reads formats " + WITHOUT_VALUES + " to " + VERSION
                        + ": use a later version. The secrets are fetched again");
            }
            Instant savedAt = Instant.ofEpochMilli(in.readLong());
            String boot = needed(in);
            Duration uptime = Duration.ofMillis(in.readLong());
            Secret key = Secret.owning(in.readNBytes(DIGEST));
            Map<ProviderId, SavedProvider> providers = new LinkedHashMap<>();
            for (int left = in.readInt(); left > 0; left--) {
                ProviderId id = new ProviderId(needed(in), needed(in));
                String fingerprint = needed(in);
                List<KnownSecret> secrets = new ArrayList<>();
                for (int more = in.readInt(); more > 0; more--) {
                    secrets.add(secret(in, version));
                }
                providers.put(id, new SavedProvider(fingerprint, secrets));
            }
            return new Snapshot(savedAt, boot, uptime, key, providers);
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new IOException("its content is not in the format that this runner writes", e);
        }
    }

    private static void secret(DataOutputStream out, KnownSecret secret) throws IOException {
        text(out, secret.path().name());
        text(out, secret.path().version());
        text(out, secret.path().stage());
        text(out, secret.denial());
        out.writeBoolean(secret.gone());
        out.writeBoolean(secret.existed());
        out.writeLong(secret.age().toNanos());
        out.writeBoolean(secret.current() != null);
        if (secret.current() != null) {
            version(out, secret.current());
        }
        out.writeInt(secret.previous().size());
        for (KnownSecret.Version version : secret.previous()) {
            version(out, version);
        }
    }

    private static KnownSecret secret(DataInputStream in, int format) throws IOException {
        SecretPath path = new SecretPath(needed(in), text(in), text(in));
        String denial = text(in);
        boolean gone = in.readBoolean();
        boolean existed = format > WITHOUT_VALUES && in.readBoolean();
        Duration age = Duration.ofNanos(in.readLong());
        KnownSecret.Version current = in.readBoolean() ? version(in, format) : null;
        List<KnownSecret.Version> previous = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            previous.add(version(in, format));
        }
        return new KnownSecret(path, denial, gone, existed || current != null, age, current, previous);
    }

    private static void version(DataOutputStream out, KnownSecret.Version version) throws IOException {
        text(out, version.id());
        Instant createdAt = version.createdAt();
        text(out, createdAt == null ? null : createdAt.toString());
        text(out, version.fetchedAt().toString());
        out.writeLong(version.left().toNanos());
        Map<Part, HeldValue> parts = version.values().parts();
        out.writeInt(parts.size());
        for (Map.Entry<Part, HeldValue> part : parts.entrySet()) {
            part(out, part.getKey());
            out.write(part.getValue().digest().toBytes());
            out.writeByte(flags(part.getValue()));
            value(out, part.getValue().value());
        }
        Map<Part, String> unfit = version.values().unfit();
        out.writeInt(unfit.size());
        for (Map.Entry<Part, String> part : unfit.entrySet()) {
            part(out, part.getKey());
            text(out, part.getValue());
        }
        Validity validity = version.values().validity();
        out.writeLong(validity.notBefore());
        out.writeLong(validity.expiresAt());
        out.writeBoolean(validity.disabled());
        text(out, validity.problem());
    }

    /** Returns a byte that is 0 or 1, as in earlier files, for a value that is no hash. */
    private static int flags(HeldValue value) {
        return (value.shorterThan16() ? SHORT : 0) | (value.hash() ? HASH : 0);
    }

    private static void part(DataOutputStream out, Part part) throws IOException {
        text(out, part.field());
        text(out, Transform.join(part.transforms()));
    }

    private static Part part(DataInputStream in, boolean transforms) throws IOException {
        return new Part(text(in), transforms ? Transform.parse(needed(in)) : List.of());
    }

    private static KnownSecret.Version version(DataInputStream in, int format) throws IOException {
        boolean values = format > WITHOUT_VALUES;
        String id = needed(in);
        String createdAt = text(in);
        Instant fetchedAt = Instant.parse(needed(in));
        Duration left = Duration.ofNanos(in.readLong());
        Map<Part, HeldValue> parts = new HashMap<>();
        for (int more = in.readInt(); more > 0; more--) {
            Part part = part(in, values);
            KeyDigest digest = KeyDigest.ofBytes(in.readNBytes(DIGEST));
            int flags = in.readByte();
            parts.put(
                    part, new HeldValue(digest, (flags & SHORT) != 0, (flags & HASH) != 0, values ? value(in) : null));
        }
        Map<Part, String> unfit = new HashMap<>();
        for (int more = values ? in.readInt() : 0; more > 0; more--) {
            unfit.put(part(in, true), needed(in));
        }
        Validity validity = format > WITHOUT_VALIDITY
                ? new Validity(in.readLong(), in.readLong(), in.readBoolean(), text(in))
                : validity(parts);
        return new KnownSecret.Version(
                id,
                createdAt == null ? null : Instant.parse(createdAt),
                fetchedAt,
                left,
                new HeldValues(parts, unfit, validity));
    }

    /** Returns the validity of a version in an earlier format, which has no more than digests of the fields about it. */
    private static Validity validity(Map<Part, HeldValue> parts) {
        return Validity.NAMES.stream().anyMatch(name -> parts.containsKey(new Part(name)))
                ? Validity.unreadable("an earlier release stored the secret, which has to be fetched again")
                : Validity.UNLIMITED;
    }

    private static void value(DataOutputStream out, @Nullable Secret value) throws IOException {
        byte[] bytes = value == null ? null : value.use(byte[]::clone);
        out.writeInt(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            out.write(bytes);
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private static @Nullable Secret value(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length < 0 ? null : Secret.owning(in.readNBytes(length));
    }

    private static void text(DataOutputStream out, @Nullable String text) throws IOException {
        if (text == null) {
            out.writeInt(-1);
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static @Nullable String text(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static String needed(DataInputStream in) throws IOException {
        String text = text(in);
        if (text == null) {
            throw new IOException("its content lacks a text");
        }
        return text;
    }
}
