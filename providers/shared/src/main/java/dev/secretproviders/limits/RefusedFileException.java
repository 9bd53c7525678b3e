package dev.secretproviders.limits;

import java.nio.file.FileSystemException;

/** A provider may not read that file; the message says which, why, and what to change. */
public final class RefusedFileException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    RefusedFileException(String file, String reason) {
        super(file, null, reason);
    }
}
