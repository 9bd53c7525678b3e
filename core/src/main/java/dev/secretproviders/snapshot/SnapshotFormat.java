package dev.secretproviders.snapshot;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.resolve.KnownSecret;
import dev.secretproviders.snapshot.Snapshot.SavedProvider;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts a {@link Snapshot} to bytes before sealing, and back after unsealing. */
final class SnapshotFormat {
    private static final int VERSION = 1;
    private static final int DIGEST = 32;

    private SnapshotFormat() {}

    static byte[] write(Snapshot snapshot) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
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
        return bytes.toByteArray();
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
            if (version != VERSION) {
                throw new IOException("it has format " + version + ", this runner reads format " + VERSION);
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
                    secrets.add(secret(in));
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

    private static KnownSecret secret(DataInputStream in) throws IOException {
        SecretPath path = new SecretPath(needed(in), text(in), text(in));
        String denial = text(in);
        boolean gone = in.readBoolean();
        Duration age = Duration.ofNanos(in.readLong());
        KnownSecret.Version current = in.readBoolean() ? version(in) : null;
        List<KnownSecret.Version> previous = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            previous.add(version(in));
        }
        return new KnownSecret(path, denial, gone, age, current, previous);
    }

    private static void version(DataOutputStream out, KnownSecret.Version version) throws IOException {
        text(out, version.id());
        Instant createdAt = version.createdAt();
        text(out, createdAt == null ? null : createdAt.toString());
        text(out, version.fetchedAt().toString());
        out.writeLong(version.left().toNanos());
        out.writeInt(version.fields().size());
        for (KnownSecret.Field field : version.fields()) {
            text(out, field.name());
            out.write(field.digest().toBytes());
            out.writeBoolean(field.shorterThan16());
        }
    }

    private static KnownSecret.Version version(DataInputStream in) throws IOException {
        String id = needed(in);
        String createdAt = text(in);
        Instant fetchedAt = Instant.parse(needed(in));
        Duration left = Duration.ofNanos(in.readLong());
        List<KnownSecret.Field> fields = new ArrayList<>();
        for (int more = in.readInt(); more > 0; more--) {
            fields.add(new KnownSecret.Field(text(in), KeyDigest.ofBytes(in.readNBytes(DIGEST)), in.readBoolean()));
        }
        return new KnownSecret.Version(
                id, createdAt == null ? null : Instant.parse(createdAt), fetchedAt, left, fields);
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
