package dev.secretproviders.spi;

/** The type of a field's value. */
public enum FieldType {
    TEXT,
    /** An absolute http or https URI. */
    URI,
    /** A secret, or a reference to one: sealed at rest, masked in answers. */
    SECRET,
    /**
     * A file, or a directory of files, with secrets in it. Objects of the Admin API may name only what
     * {@code providers.files.allow} allows.
     */
    FILE,
    /** A file without secrets, such as certificates to trust. The same limit applies. */
    TRUST_FILE,
    INTEGER,
    FLAG,
    /** A number with a unit, such as {@code 30s}. */
    DURATION,
    /** A list of texts. */
    TEXTS,
    /** A section with its own fields. Without any, it takes names and texts of the user's choice. */
    SECTION,
    /** A list of sections. */
    LIST
}
