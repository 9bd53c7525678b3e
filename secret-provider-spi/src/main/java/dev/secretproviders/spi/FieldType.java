package dev.secretproviders.spi;

/** What a field holds. */
public enum FieldType {
    TEXT,
    /** An absolute http or https URI. */
    URI,
    /** A secret, or a reference to one: sealed at rest, masked in answers. */
    SECRET,
    /** A file, or a directory of files, with secrets in it. Over the Admin API only what {@code providers.files.allow} allows. */
    FILE,
    /** A file with nothing secret in it, such as certificates to trust. Allowed as above. */
    TRUST_FILE,
    INTEGER,
    FLAG,
    /** A number with a unit, such as {@code 30s}. */
    DURATION,
    /** A list of texts. */
    TEXTS,
    /** Fields of its own; without any, names and texts of the user's choice. */
    SECTION,
    /** A list of sections. */
    LIST
}
