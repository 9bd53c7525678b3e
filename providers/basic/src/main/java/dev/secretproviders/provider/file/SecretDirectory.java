package dev.secretproviders.provider.file;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory with one secret in each file. A path names a file below it, optionally followed by a field of the JSON
 * object in that file. {@code jack/key} is the file {@code jack/key}, or else the field {@code key} of the file {@code
 * jack}.
 */
record SecretDirectory(Path directory, AllowedFiles files) implements SecretFiles {

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        return SecretAddress.everySplit(SecretPath.current(reference.path()));
    }

    @Override
    public @Nullable SecretContent read(SecretPath path) throws IOException, ProviderException {
        Path root = directory.toRealPath();
        Path real;
        try {
            real = root.resolve(path.name()).toRealPath();
        } catch (NoSuchFileException | InvalidPathException e) {
            return null;
        } catch (IOException e) {
            // "jack/key" where "jack" is a file: the system answers "Not a directory", which has no exception class of
            // its own.
            if (parentIsFile(root, path.name())) {
                return null;
            }
            throw e;
        }
        // A link may lead out of the directory; such a file is not one of its secrets.
        if (!real.startsWith(root) || !Files.isRegularFile(real)) {
            return null;
        }
        return SecretContent.ofWhole(Secret.owning(withoutTrailingNewline(SecretFiles.bytes(real, files))));
    }

    private static boolean parentIsFile(Path root, String name) {
        for (Path above = root.resolve(name).getParent();
                above != null && !above.equals(root);
                above = above.getParent()) {
            if (Files.isRegularFile(above)) {
                return true;
            }
        }
        return false;
    }

    private static byte[] withoutTrailingNewline(byte[] bytes) {
        int length = bytes.length;
        if (length > 0 && bytes[length - 1] == '\n') {
            length--;
            if (length > 0 && bytes[length - 1] == '\r') {
                length--;
            }
        }
        if (length == bytes.length) {
            return bytes;
        }
        byte[] trimmed = Arrays.copyOf(bytes, length);
        Arrays.fill(bytes, (byte) 0);
        return trimmed;
    }
}
