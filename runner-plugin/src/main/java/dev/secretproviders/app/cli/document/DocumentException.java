package dev.secretproviders.app.cli.document;

import java.util.List;

/** A file cannot be read as YAML or JSON. The message names the file, the line and the remedy, and quotes nothing. */
public final class DocumentException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Creates the exception for a place. */
    public DocumentException(String place, String problem) {
        super(place + ": " + problem);
    }

    /** Creates the exception for several problems, each with its place. */
    public DocumentException(List<String> problems) {
        super(String.join("\n", problems));
    }
}
