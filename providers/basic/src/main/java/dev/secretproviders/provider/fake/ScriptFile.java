package dev.secretproviders.provider.fake;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.RefusedFileException;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The file of a script. When its bytes have changed, it is read again and starts at offset zero. Thread-safe. */
final class ScriptFile {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptFile.class);
    private static final int MAX_BYTES = 1 << 20;
    // JSON is also YAML.
    private static final YAMLMapper YAML = YAMLMapper.builder().build();
    private static final TypeReference<Map<String, Object>> TREE = new TypeReference<>() {};

    private final Path file;
    private final AllowedFiles files;
    private final Passage passage;
    private final ContentDigester digester = new ContentDigester();
    private byte @Nullable [] bytes;
    private @Nullable LoadedScript playing;

    ScriptFile(Path file, AllowedFiles files, Passage passage) {
        this.file = file;
        this.files = files;
        this.passage = passage;
    }

    /**
     * A running script.
     *
     * @param startedAt when it was read, in nanoseconds of the {@link Passage}
     */
    record LoadedScript(Script script, long startedAt) {
        Duration at(long nanos) {
            return Duration.ofNanos(nanos - startedAt);
        }
    }

    /**
     * Returns the script. An unreadable or malformed file is an error until it is corrected. A test that continued with
     * the previous script would prove nothing.
     */
    synchronized LoadedScript playing() throws ProviderException {
        byte[] now = read();
        LoadedScript known = playing;
        if (known != null && Arrays.equals(now, bytes)) {
            return known;
        }
        LoadedScript fresh = new LoadedScript(parse(now), passage.nanos());
        LOG.warn("the script {} of a FAKE provider is played from its start", file);
        playing = fresh;
        bytes = now;
        return fresh;
    }

    private byte[] read() throws ProviderException {
        try (InputStream in = files.open(file)) {
            byte[] read = in.readNBytes(MAX_BYTES + 1);
            if (read.length > MAX_BYTES) {
                throw new ProviderException(Kind.CONFIGURATION, "the script " + file + " is larger than 1 MiB");
            }
            return read;
        } catch (RefusedFileException e) {
            throw new ProviderException(Kind.CONFIGURATION, "the script: " + e.getReason());
        } catch (IOException e) {
            throw new ProviderException(Kind.CONFIGURATION, "cannot read the script " + file + ": " + e, e);
        }
    }

    private Script parse(byte[] text) throws ProviderException {
        Map<String, Object> tree;
        try {
            tree = YAML.readValue(text, TREE);
        } catch (JacksonException e) {
            // Neither message nor cause: both quote the file.
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new ProviderException(
                    Kind.CONFIGURATION, "the script " + file + " is malformed" + (line > 0 ? " at line " + line : ""));
        }
        if (tree == null) {
            throw new ProviderException(Kind.CONFIGURATION, "the script " + file + " is empty");
        }
        Problems problems = new Problems();
        Settings root = Settings.root(tree, problems);
        Script script = Script.read(root, digester);
        root.finish();
        if (!problems.isEmpty()) {
            throw new ProviderException(
                    Kind.CONFIGURATION, "the script " + file + ": " + String.join("; ", problems.lines()));
        }
        return script;
    }
}
