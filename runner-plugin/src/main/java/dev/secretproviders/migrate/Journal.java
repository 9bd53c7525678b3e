package dev.secretproviders.migrate;

import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.PrivateFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The file that says which references a migration put into the gateway, so that it can be undone. It holds no secret. A line
 * is on the disk before the gateway is changed, so the file may name a reference that never arrived there. It never lacks
 * one that did. The last line may be cut off by a crash, and is then dropped.
 *
 * <p>Only one process at a time works with a journal. Not thread-safe.
 */
public final class Journal implements AutoCloseable {
    /** The format of the file. A later version of the product raises it when an earlier one could not read the file. */
    private static final int FORMAT = 1;

    private static final String NAME = "secret-providers-migration";
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Path file;
    private final @Nullable FileChannel channel;
    private final Map<Key, Entry> placed = new LinkedHashMap<>();

    private record Key(Place place, KeyField field) {}

    /** A reference that a migration put, or was about to put, in the place of a key. */
    record Entry(Place place, KeyField field, String reference) {}

    private Journal(Path file, @Nullable FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Reads a journal without changing anything. A missing file is an empty journal. */
    public static Journal read(Path file, URI gateway, ProviderId provider) throws IOException, JournalException {
        Journal journal = new Journal(file, null);
        if (Files.exists(file)) {
            int _ = journal.load(Files.readAllBytes(file), gateway, provider);
        }
        return journal;
    }

    /** Opens a journal to write to it, and creates it if there is none, with mode 0600. */
    public static Journal open(Path file, URI gateway, ProviderId provider) throws IOException, JournalException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            PrivateFiles.createDirectories(directory);
        }
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PrivateFiles.FILE);
        boolean opened = false;
        try {
            lock(file, channel);
            Journal journal = new Journal(file, channel);
            int complete = journal.load(Files.readAllBytes(file), gateway, provider);
            channel.truncate(complete).position(complete);
            if (complete == 0) {
                journal.append(head(gateway, provider));
                if (directory != null) {
                    PrivateFiles.sync(directory);
                }
            }
            opened = true;
            return journal;
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    private static ObjectNode head(URI gateway, ProviderId provider) {
        return JSON.createObjectNode()
                .put("journal", NAME)
                .put("format", FORMAT)
                .put("gateway", gateway.toString())
                .put("provider", provider.toString());
    }

    private static void lock(Path file, FileChannel channel) throws IOException, JournalException {
        try {
            if (channel.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            // This process has it open already.
        }
        throw new JournalException("another migration works with " + file + "; wait until it ends");
    }

    /** Reads the lines, and returns how many bytes the complete ones have. */
    private int load(byte[] bytes, URI gateway, ProviderId provider) throws JournalException {
        int complete = bytes.length;
        while (complete > 0 && bytes[complete - 1] != '\n') {
            complete--;
        }
        if (complete == 0 && !isPrefix(bytes, head(gateway, provider).toString())) {
            // The last line is cut off, so a file of one line that is not this journal's would be lost.
            throw foreign();
        }
        List<String> lines =
                new String(bytes, 0, complete, StandardCharsets.UTF_8).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            try {
                JsonNode line = JSON.readTree(lines.get(i));
                if (i == 0) {
                    checkHead(line, gateway, provider);
                } else {
                    take(line);
                }
            } catch (JacksonException | IllegalArgumentException e) {
                throw new JournalException(file + ": line " + (i + 1)
                        + " is not one of a migration's journal; restore the file, or name another with --journal");
            }
        }
        return complete;
    }

    private static boolean isPrefix(byte[] bytes, String line) {
        byte[] whole = line.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= whole.length && Arrays.equals(bytes, 0, bytes.length, whole, 0, bytes.length);
    }

    private JournalException foreign() {
        return new JournalException(file + " is not the journal of a migration; name another file with --journal");
    }

    private void checkHead(JsonNode head, URI gateway, ProviderId provider) throws JournalException {
        if (!NAME.equals(head.path("journal").asString(""))) {
            throw foreign();
        }
        if (head.path("format").asInt() != FORMAT) {
            throw new JournalException(
                    file + " has format " + head.path("format").asInt() + ", and this version reads " + FORMAT
                            + " only; use the version that wrote it, or a newer one");
        }
        if (!gateway.toString().equals(head.path("gateway").asString(""))
                || !provider.toString().equals(head.path("provider").asString(""))) {
            throw new JournalException(file + " belongs to the migration of "
                    + head.path("gateway").asString("?") + " to "
                    + head.path("provider").asString("?") + ", not of " + gateway + " to " + provider
                    + "; name another file with --journal");
        }
    }

    private void take(JsonNode line) {
        String undone = line.path("undone").asString("");
        Place place = Place.parse(undone.isEmpty() ? line.path("placing").asString() : undone);
        KeyField field = KeyField.ofPath(line.path("field").asString());
        if (undone.isEmpty()) {
            placed.put(
                    new Key(place, field),
                    new Entry(place, field, line.path("reference").asString()));
        } else {
            placed.remove(new Key(place, field));
        }
    }

    /** Returns what was put into the gateway and not undone, in the order in which it was. */
    List<Entry> placed() {
        return List.copyOf(placed.values());
    }

    /** Notes that a reference is about to be put into the gateway. It is on the disk when this returns. */
    void placing(Place place, KeyField field, String reference) throws IOException {
        append(line("placing", place, field).put("reference", reference));
        placed.put(new Key(place, field), new Entry(place, field, reference));
    }

    /** Notes that the gateway has the key again. */
    void undone(Place place, KeyField field) throws IOException {
        append(line("undone", place, field));
        placed.remove(new Key(place, field));
    }

    private static ObjectNode line(String what, Place place, KeyField field) {
        return JSON.createObjectNode()
                .put(what, place.toString())
                .put("field", field.path())
                .put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    private void append(ObjectNode line) throws IOException {
        if (channel == null) {
            throw new IllegalStateException("the journal is only read");
        }
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            int _ = channel.write(bytes);
        }
        channel.force(false);
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
