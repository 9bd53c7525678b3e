package dev.secretproviders.provider.shared;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.RefusedFileException;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A credential in a file that another program keeps up to date, such as the kubelet. It is read again at each login.
 *
 * @param field the name of the configuration field, for messages
 * @param files opens the file
 */
public record CredentialFile(String field, Path file, AllowedFiles files) implements CredentialSource {
    /** Tokens are sent in headers; longer ones would be refused anyway. */
    private static final int MAX_BYTES = 64 << 10;

    /** Reads the name of the file; the file itself need not exist yet. */
    public static CredentialFile of(FieldValues values, Field field, String file, AllowedFiles files) {
        try {
            return new CredentialFile(values.path(field), Path.of(file), files);
        } catch (InvalidPathException e) {
            values.problem(field, "is not the name of a file");
            return new CredentialFile(values.path(field), Path.of(""), files);
        }
    }

    /**
     * Reads the credential for a library that wants a text on each call. The library would open the path without
     * checking where it leads by then.
     *
     * @throws CarriedException if it cannot be read
     */
    public String text() {
        try (Secret credential = read()) {
            return credential.reveal();
        } catch (ProviderException e) {
            throw new CarriedException(e);
        }
    }

    @Override
    public Secret read() throws ProviderException {
        byte[] bytes;
        try (InputStream in = files.open(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (RefusedFileException e) {
            throw new ProviderException(Kind.AUTHENTICATION, field + ": " + e.getReason());
        } catch (IOException e) {
            throw unusable("cannot be read");
        }
        int start = 0;
        int end = bytes.length;
        while (start < end && isSpace(bytes[start])) {
            start++;
        }
        while (end > start && isSpace(bytes[end - 1])) {
            end--;
        }
        byte[] value = Arrays.copyOfRange(bytes, start, end);
        Arrays.fill(bytes, (byte) 0);
        if (value.length == 0 || value.length > MAX_BYTES) {
            Arrays.fill(value, (byte) 0);
            throw unusable(value.length == 0 ? "is empty" : "is longer than 64 KiB");
        }
        return Secret.owning(value);
    }

    private ProviderException unusable(String what) {
        return new ProviderException(Kind.AUTHENTICATION, field + " names the file '" + file + "', which " + what);
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }
}
