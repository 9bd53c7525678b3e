package dev.secretproviders.provider.file;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * One file with all secrets of the provider, read in one piece. A path names a value in it; {@code /} and {@code .} both part
 * its segments, so that {@code jack/key} finds the nested {@code key} of {@code jack} as well as the flat {@code jack.key}.
 */
record SecretDocument(Path file, DocumentFormat format, AllowedFiles files) implements SecretFiles {

    @Override
    public List<SecretAddress> addresses(SecretReference reference) {
        String name = file.getFileName().toString();
        return List.of(new SecretAddress(SecretPath.current(name), DocumentFormat.canonical(reference.path())));
    }

    @Override
    public SecretContent read(SecretPath path) throws IOException, ProviderException {
        byte[] bytes = SecretFiles.bytes(file, files);
        try {
            return SecretContent.ofFields(format.read(bytes, file));
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }
}
