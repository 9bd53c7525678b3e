package dev.secretproviders.provider.local;

import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Where a local secret lies.
 *
 * @param provider the id of the provider object
 * @param path one or more segments, as in references
 */
record LocalPath(String provider, String path) {
    static final String MANAGER = "local";

    /** Below it lies what is known of each secret, with its current values. */
    static final String SECRETS = "secret/";

    private static final String VERSIONS = "secret-version/";
    private static final int MAX_PATH_BYTES = 512;
    private static final int MAX_FIELD_BYTES = 64;

    /** Checks both parts: only what a reference can name is a path. */
    static LocalPath checked(String provider, String path) throws LocalSecretException {
        if (!ProviderId.isId(provider)) {
            throw invalid("the provider's id is 1 to 256 letters, digits, '-', '_' and '.'");
        }
        check("the path", path, MAX_PATH_BYTES);
        return new LocalPath(provider, path);
    }

    static void checkField(String name) throws LocalSecretException {
        // The message cannot repeat the name: it may be a value that somebody pasted into the wrong place.
        check("a field's name", name, MAX_FIELD_BYTES);
        if (name.indexOf('/') >= 0) {
            throw invalid("a field's name has a '/', which parts it from the path in references");
        }
    }

    private static void check(String what, String text, int maxBytes) throws LocalSecretException {
        int bytes;
        try {
            // Keys of the store are UTF-8: half a surrogate pair would become '?', and two secrets one.
            bytes = StandardCharsets.UTF_8
                    .newEncoder()
                    .encode(CharBuffer.wrap(text))
                    .remaining();
        } catch (CharacterCodingException e) {
            throw invalid(what + " is not well-formed Unicode");
        }
        if (bytes > maxBytes) {
            throw invalid(what + " has " + bytes + " bytes; at most " + maxBytes + " are allowed");
        }
        if (text.indexOf('?') >= 0) {
            throw invalid(what + " has a '?', which begins the parameters of a reference");
        }
        try {
            SecretReference.parse(referenceTo(new ProviderId(MANAGER, "id"), text));
        } catch (InvalidReferenceException e) {
            throw invalid(
                    what + " is 1 or more segments parted by '/', none of them empty, '.' or '..', without control"
                            + " characters, '\\', '#' and '%'");
        }
    }

    private static String referenceTo(ProviderId provider, String path) {
        return "$secret://" + provider + "/" + path;
    }

    private static LocalSecretException invalid(String message) {
        return new LocalSecretException(Kind.INVALID, message);
    }

    /** Returns the prefix of the keys of all secrets of a provider. */
    static String keysOf(String provider) {
        return SECRETS + provider + "/";
    }

    String key() {
        return keysOf(provider) + path;
    }

    /** Unambiguous although paths have several segments: the last one is always the number. */
    String versionKey(int version) {
        return VERSIONS + provider + "/" + path + "/" + version;
    }

    @Override
    public String toString() {
        return MANAGER + "/" + provider + "/" + path;
    }
}
