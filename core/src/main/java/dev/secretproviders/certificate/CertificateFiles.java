package dev.secretproviders.certificate;

import dev.secretproviders.store.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a certificate into files that only their owner can read. */
final class CertificateFiles {
    private CertificateFiles() {}

    /** Writes the chain, the key and, if there are any, the authorities of clients; returns the files. */
    static List<Path> write(Path directory, String id, Material material) throws IOException {
        PrivateFiles.createDirectories(directory);
        List<Path> files = new ArrayList<>();
        files.add(write(directory.resolve(id + ".crt"), ascii(Material.pem(material.chain()))));
        byte[] key = material.keyPem();
        try {
            files.add(write(directory.resolve(id + ".key"), key));
        } finally {
            Arrays.fill(key, (byte) 0);
        }
        if (!material.clientAuthorities().isEmpty()) {
            files.add(
                    write(directory.resolve(id + ".client-ca.crt"), ascii(Material.pem(material.clientAuthorities()))));
        }
        return files;
    }

    private static Path write(Path file, byte[] content) throws IOException {
        // A new file, so that the mode of an existing one does not count.
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        PrivateFiles.create(next, content);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return file.toAbsolutePath();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
