package dev.secretproviders.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A string that stands for a secret. Two spellings, as in Apache APISIX ({@code apisix/secret.lua}, {@code
 * apisix/core/env.lua}):
 *
 * <pre>
 * $secret://{manager}/{provider-id}/{path}[?version=V][&amp;stage=S]
 * $env://NAME[/json-field]                (the scheme in any letter case)
 * </pre>
 *
 * What the path means is the provider's matter. {@code version} and {@code stage} are our extension: they pin one version
 * of the secret.
 *
 * @param provider the provider to ask
 * @param path the path, one or more segments parted by {@code /}, none of them empty, {@code .} or {@code ..}
 * @param version the pinned version, or null for the current one
 * @param stage the pinned stage (a label that the manager moves between versions), or null
 */
public record SecretReference(
        ProviderId provider,
        String path,
        @Nullable String version,
        @Nullable String stage) {

    /**
     * Parses {@code text}.
     *
     * @throws InvalidReferenceException if it is not a well-formed reference
     */
    public static SecretReference parse(String text) {
        return new ReferenceParser(text).parse();
    }

    /**
     * Returns whether {@code text} claims to be a reference, well-formed or not. Such a string never stands for itself: it
     * is not a key, whatever becomes of it. Broader than what {@link #parse} takes: {@code $SECRET://} is refused there,
     * and must not be taken for a key either.
     */
    public static boolean isReference(String text) {
        return ReferenceParser.hasScheme(text, ReferenceParser.SECRET_SCHEME)
                || ReferenceParser.hasScheme(text, ReferenceParser.ENV_SCHEME);
    }

    /**
     * Returns whether {@code length} bytes from {@code offset} claim to be a reference. A key that was presented is asked about so,
     * since a string of it could not be wiped.
     */
    public static boolean isReference(byte[] utf8, int offset, int length) {
        // Most keys are told apart by their first byte.
        return length > 0
                && utf8[offset] == '$'
                && (ReferenceParser.hasScheme(utf8, offset, length, ReferenceParser.SECRET_SCHEME)
                        || ReferenceParser.hasScheme(utf8, offset, length, ReferenceParser.ENV_SCHEME));
    }

    /** Returns what a reference to a provider begins with; its path follows. */
    public static String beginning(ProviderId provider) {
        return provider.manager().equals(ProviderId.ENVIRONMENT.manager())
                ? ReferenceParser.ENV_SCHEME
                : ReferenceParser.SECRET_SCHEME + provider + "/";
    }

    /** Returns what references to providers of a manager begin with, the usual spelling first. */
    public static List<String> beginnings(String manager) {
        String managed = ReferenceParser.SECRET_SCHEME + manager + "/";
        return manager.equals(ProviderId.ENVIRONMENT.manager())
                ? List.of(ReferenceParser.ENV_SCHEME, managed)
                : List.of(managed);
    }

    /** Returns the path's segments. */
    public List<String> segments() {
        return List.of(path.split("/", -1));
    }

    /** Returns the canonical spelling, which {@link #parse} takes back to an equal reference. */
    @Override
    public String toString() {
        boolean plain = version == null && stage == null;
        if (plain && provider.equals(ProviderId.ENVIRONMENT) && ReferenceParser.isEnvironmentPath(path)) {
            return ReferenceParser.ENV_SCHEME + path;
        }
        StringBuilder text = new StringBuilder(ReferenceParser.SECRET_SCHEME)
                .append(provider)
                .append('/')
                .append(path);
        char separator = '?';
        if (version != null) {
            text.append(separator).append("version=").append(version);
            separator = '&';
        }
        if (stage != null) {
            text.append(separator).append("stage=").append(stage);
        }
        return text.toString();
    }
}
