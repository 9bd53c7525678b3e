package dev.secretproviders.spi;

import java.util.List;

/**
 * A step between a secret's field and the value that a reference stands for. Providers ignore transforms: the runner
 * applies them, in the order in which they are written, to what it fetched.
 *
 * <p>Immutable. Its text is the spelling in a reference.
 */
public sealed interface Transform {

    /**
     * Reads the value as JSON, and takes what a JSON pointer (RFC 6901) points at: a string as its text, a number or a
     * boolean as it is written, an object or array as JSON. Spelled {@code json=/a/b}.
     *
     * @param pointer the pointer, which begins with a slash
     */
    record Json(String pointer) implements Transform {
        /** @throws IllegalArgumentException if it is no JSON pointer */
        public Json {
            if (!pointer.startsWith("/") || TransformSpelling.wrongTilde(pointer) >= 0) {
                throw new IllegalArgumentException("no JSON pointer");
            }
        }

        @Override
        public String toString() {
            return TransformSpelling.JSON + "=" + TransformSpelling.encode(pointer);
        }
    }

    /**
     * Decodes base64 (RFC 4648) in the standard or the URL alphabet, with or without padding. Spelled {@code
     * decode=base64}.
     */
    record DecodeBase64() implements Transform {
        @Override
        public String toString() {
            return TransformSpelling.DECODE + "=" + TransformSpelling.BASE64;
        }
    }

    /** Removes white space of US-ASCII from both ends. Spelled {@code trim}. */
    record Trim() implements Transform {
        @Override
        public String toString() {
            return TransformSpelling.TRIM;
        }
    }

    /**
     * Parses transforms as they stand in a reference, joined by {@code &}.
     *
     * @param text may be empty, for none
     * @throws InvalidReferenceException if one is malformed
     */
    static List<Transform> parse(String text) {
        return text.isEmpty() ? List.of() : new ReferenceParser(text).parseTransforms();
    }

    /** Returns transforms as they stand in a reference. {@link #parse} turns that into equal transforms. */
    static String join(List<Transform> transforms) {
        return String.join("&", transforms.stream().map(Transform::toString).toList());
    }
}
