package dev.secretproviders.provider.file;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.RefusedFileException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the secrets of a file provider lie. */
sealed interface SecretFiles permits SecretDirectory, SecretDocument {
    /** No secret is longer; a larger file is some other file. */
    int MAX_BYTES = 1 << 20;

    List<SecretAddress> addresses(SecretReference reference);

    /** Returns the content, or null if the secret is not there while the place where it would be is. */
    @Nullable
    SecretContent read(SecretPath path) throws IOException, ProviderException;

    /**
     * Returns the bytes of a file. An empty file is refused: it is what a reader sees of a file that is just being
     * written, and no secret.
     */
    static byte[] bytes(Path file, AllowedFiles files) throws IOException, ProviderException {
        byte[] bytes;
        try (InputStream in = files.open(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (RefusedFileException e) {
            throw new ProviderException(Kind.PERMISSION, e.getReason());
        }
        if (bytes.length > MAX_BYTES) {
            Arrays.fill(bytes, (byte) 0);
            throw new ProviderException(Kind.INVALID_ANSWER, file + " is larger than 1 MiB");
        }
        if (bytes.length == 0) {
            throw new ProviderException(Kind.INVALID_ANSWER, file + " is empty");
        }
        return bytes;
    }
}
