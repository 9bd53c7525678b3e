package dev.secretproviders.limits;

import java.nio.file.FileSystemException;

/** Thrown when a provider may not read a file; the message gives the file, the reason and the remedy. */
public final class RefusedFileException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    RefusedFileException(String file, String reason) {
        super(file, null, reason);
    }
}
