package dev.secretproviders.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A reference to a secret. It has two spellings, as in Apache APISIX ({@code apisix/secret.lua},
 * {@code apisix/core/env.lua}):
 *
 * <pre>
 * $secret://{manager}/{provider-id}/{path}[?parameter[&amp;parameter...]]
 * $env://NAME[/json-field][?parameter[&amp;parameter...]]      (the scheme in any letter case)
 * </pre>
 *
 * The provider decides what the path means. Parameters are extensions of APISIX's spelling. {@code version=V} and
 * {@code stage=S} pin one version of the secret. {@code json=/a/b}, {@code decode=base64} and {@code trim} are
 * {@linkplain Transform transforms}: what comes out of them is the value. References that differ only in transforms
 * share one fetch.
 *
 * @param provider the provider to ask
 * @param path the path: one or more segments separated by {@code /}, none of them empty, {@code .} or {@code ..}
 * @param version the pinned version, or null for the current one
 * @param stage the pinned stage (a label that the manager moves between versions), or null
 * @param transforms the transforms, in the order in which they are applied
 */
public record SecretReference(
        ProviderId provider,
        String path,
        @Nullable String version,
        @Nullable String stage,
        List<Transform> transforms) {
    public SecretReference {
        transforms = List.copyOf(transforms);
    }

    /** Creates a reference without transforms. */
    public SecretReference(ProviderId provider, String path, @Nullable String version, @Nullable String stage) {
        this(provider, path, version, stage, List.of());
    }

    /**
     * Parses {@code text}.
     *
     * @throws InvalidReferenceException if it is not a well-formed reference
     */
    public static SecretReference parse(String text) {
        return new ReferenceParser(text).parse();
    }

    /**
     * Returns whether {@code text} has the prefix of a reference, well-formed or not. Such a string is never used as a
     * key. This is broader than {@link #parse}, which refuses {@code $SECRET://}. That is not a key either.
     */
    public static boolean isReference(String text) {
        return ReferenceParser.hasScheme(text, ReferenceParser.SECRET_SCHEME)
                || ReferenceParser.hasScheme(text, ReferenceParser.ENV_SCHEME);
    }

    /**
     * Returns whether {@code length} bytes from {@code offset} have the prefix of a reference. Presented keys are
     * checked as bytes, since a string could not be wiped.
     */
    public static boolean isReference(byte[] utf8, int offset, int length) {
        // The first byte decides for most keys.
        return length > 0
                && utf8[offset] == '$'
                && (ReferenceParser.hasScheme(utf8, offset, length, ReferenceParser.SECRET_SCHEME)
                        || ReferenceParser.hasScheme(utf8, offset, length, ReferenceParser.ENV_SCHEME));
    }

    /** Returns the prefix of references to a provider. The path follows it. */
    public static String beginning(ProviderId provider) {
        return provider.manager().equals(ProviderId.ENVIRONMENT.manager())
                ? ReferenceParser.ENV_SCHEME
                : ReferenceParser.SECRET_SCHEME + provider + "/";
    }

    /** Returns the prefixes of references to providers of a manager, the usual spelling first. */
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

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof SecretReference that
                        && path.equals(that.path)
                        && provider.equals(that.provider)
                        && Objects.equals(version, that.version)
                        && Objects.equals(stage, that.stage)
                        && transforms.equals(that.transforms));
    }

    @Override
    public int hashCode() {
        int hash = 31 * provider.hashCode() + path.hashCode();
        return version == null && stage == null && transforms.isEmpty()
                ? hash
                : 31 * hash + Objects.hash(version, stage, transforms);
    }

    /** Returns the canonical spelling, which {@link #parse} turns into an equal reference. */
    @Override
    public String toString() {
        boolean pinned = version != null || stage != null;
        StringBuilder text = new StringBuilder();
        if (!pinned && provider.equals(ProviderId.ENVIRONMENT) && ReferenceParser.isEnvironmentPath(path)) {
            text.append(ReferenceParser.ENV_SCHEME);
        } else {
            text.append(ReferenceParser.SECRET_SCHEME).append(provider).append('/');
        }
        text.append(path);
        if (pinned || !transforms.isEmpty()) {
            text.append('?').append(parameters());
        }
        return text.toString();
    }

    private String parameters() {
        List<String> parameters = new ArrayList<>();
        if (version != null) {
            parameters.add("version=" + version);
        }
        if (stage != null) {
            parameters.add("stage=" + stage);
        }
        transforms.forEach(transform -> parameters.add(transform.toString()));
        return String.join("&", parameters);
    }
}
