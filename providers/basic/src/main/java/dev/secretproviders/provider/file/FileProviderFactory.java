package dev.secretproviders.provider.file;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes providers that read files, from the field {@code directory} or the field {@code path}. */
public final class FileProviderFactory implements ProviderFactory {
    private static final Duration POLL = Duration.ofSeconds(5);

    private static final Field DIRECTORY = Field.of(
                    "directory",
                    FieldType.FILE,
                    "A directory with one file for each secret, as Kubernetes mounts them; required without path.")
            .destination()
            .build();

    private static final Field PATH = Field.of(
                    "path", FieldType.FILE, "One file with all secrets: .yaml, .yml, .json or .properties (UTF-8).")
            .excludes("directory")
            .destination()
            .build();

    private final Duration poll;

    /**
     * Creates a factory whose providers check for changes every five seconds where the operating system does not report
     * them.
     */
    public FileProviderFactory() {
        this(POLL);
    }

    FileProviderFactory(Duration poll) {
        this.poll = poll;
    }

    @Override
    public String manager() {
        return "file";
    }

    @Override
    public Descriptor descriptor() {
        return Descriptor.of(DIRECTORY, PATH);
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.HOLDS_CREDENTIALS, Capability.RUNNERS_OWN);
    }

    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        // The pod's own token is no secret to hand on to another provider.
        AllowedFiles files = ProviderReach.of(credentials).files().withoutIdentities();
        Path directory = path(values, DIRECTORY);
        Path file = path(values, PATH);
        if (directory != null) {
            return new FileProvider(id, new SecretDirectory(directory, files), new ChangeWatcher(directory, poll));
        }
        if (file == null) {
            if (!values.has(PATH)) {
                values.problem(DIRECTORY, "is required, or path for a single file");
            }
            file = Path.of("absent.json").toAbsolutePath();
        }
        DocumentFormat format = DocumentFormat.of(file);
        if (format == null) {
            values.problem(PATH, "expected a file that ends in .properties, .yaml, .yml or .json");
            format = DocumentFormat.JSON;
        }
        return new FileProvider(id, new SecretDocument(file, format, files), new ChangeWatcher(file, poll));
    }

    private static @Nullable Path path(FieldValues values, Field field) {
        String text = values.optionalText(field);
        if (text == null) {
            return null;
        }
        try {
            return Path.of(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            values.problem(field, "is not a path of a file");
            return null;
        }
    }
}
