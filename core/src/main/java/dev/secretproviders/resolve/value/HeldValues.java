package dev.secretproviders.resolve.value;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.ContentFields;
import dev.secretproviders.provider.Transformation;
import dev.secretproviders.provider.UnfitValueException;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.spi.Transform;
import dev.secretproviders.validity.Validity;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of one version of a secret: the digest of each field, and the values that references need. Prints no
 * value.
 *
 * <p>Immutable, except that values can be wiped.
 *
 * @param parts by the part of the secret
 * @param unfit the parts whose transforms gave no value, with the reason
 * @param validity what fields of the secret say about when credentials count that refer to it
 */
public record HeldValues(Map<Part, HeldValue> parts, Map<Part, String> unfit, Validity validity) {
    public HeldValues {
        parts = Map.copyOf(parts);
        unfit = Map.copyOf(unfit);
    }

    /** Creates values of which all that was needed was there, without bounds. */
    public HeldValues(Map<Part, HeldValue> parts) {
        this(parts, Map.of(), Validity.UNLIMITED);
    }

    /**
     * Digests a fetched version and wipes its content.
     *
     * @param needs the parts that references need otherwise than as the digest of a field
     */
    public static HeldValues take(SecretVersion fetched, Map<Part, Use> needs, KeyDigester digester) {
        Map<Part, HeldValue> parts = new HashMap<>();
        Map<Part, String> unfit = new HashMap<>();
        Validity validity;
        try (ContentFields fields = ContentFields.of(fetched.content())) {
            fields.forEach((field, value) -> {
                Part part = new Part(field);
                HeldValue held = HeldValue.of(value, needs.getOrDefault(part, Use.DIGEST), digester);
                if (held != null) {
                    parts.put(part, held);
                }
            });
            validity = Validity.ofFields(field -> text(fields.value(field)));
            needs.forEach((part, use) -> {
                if (!part.isField()) {
                    // A value that cannot be used is not transformed into one that can.
                    Secret value = parts.containsKey(new Part(part.field())) ? fields.value(part.field()) : null;
                    try {
                        parts.put(part, transformed(part, value, use, digester));
                    } catch (UnfitValueException e) {
                        unfit.put(part, e.getMessage());
                    }
                }
            });
        }
        return new HeldValues(parts, unfit, validity);
    }

    private static @Nullable String text(@Nullable Secret value) {
        return value == null ? null : value.use(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private static HeldValue transformed(Part part, @Nullable Secret value, Use use, KeyDigester digester)
            throws UnfitValueException {
        if (value == null) {
            throw new UnfitValueException(part.absence());
        }
        try (Secret result = Transformation.apply(part.transforms(), value)) {
            HeldValue held = HeldValue.of(result, use, digester);
            if (held == null) {
                throw new UnfitValueException(
                        "what '" + Transform.join(part.transforms()) + "' makes of the value is empty or a reference");
            }
            return held;
        }
    }

    /** Returns why a part has no value. */
    public String problem(Part part) {
        return unfit.getOrDefault(part, part.absence());
    }

    /** Returns what is kept of a part; null if the secret has no such part, or it cannot be used. */
    public @Nullable HeldValue of(Part part) {
        return parts.get(part);
    }

    /** Returns whether a part has to be read again for a use. */
    public boolean lacks(Part part, Use use) {
        HeldValue held = parts.get(part);
        return held == null ? !part.isField() && !unfit.containsKey(part) : use == Use.VALUE && held.value() == null;
    }

    /** Returns whether two versions have the same values. */
    public boolean sameAs(HeldValues other) {
        // Transforms give the same of the same fields.
        return fields() == other.fields()
                && parts.entrySet().stream()
                        .filter(mine -> mine.getKey().isField())
                        .allMatch(mine -> {
                            HeldValue theirs = other.parts.get(mine.getKey());
                            return theirs != null
                                    && theirs.digest().equals(mine.getValue().digest());
                        });
    }

    private long fields() {
        return parts.keySet().stream().filter(Part::isField).count();
    }

    /** Returns these with what another reading of the same version has in addition. What is not taken over is wiped. */
    public HeldValues with(HeldValues read) {
        Map<Part, HeldValue> all = new HashMap<>(read.parts);
        parts.forEach((part, mine) -> {
            HeldValue theirs = all.get(part);
            if (mine.value() != null || theirs == null || theirs.value() == null) {
                all.put(part, mine);
                wipe(theirs);
            }
        });
        Map<Part, String> problems = new HashMap<>(unfit);
        problems.putAll(read.unfit);
        return new HeldValues(all, problems, read.validity);
    }

    /** Returns these without the values that are not needed, which are wiped. */
    public HeldValues only(Map<Part, Use> needs) {
        if (parts.entrySet().stream().allMatch(held -> isNeeded(held.getKey(), held.getValue(), needs))) {
            return this;
        }
        return changed((part, held) -> {
            if (isNeeded(part, held, needs)) {
                return held;
            }
            wipe(held);
            return held.digestOnly();
        });
    }

    private static boolean isNeeded(Part part, HeldValue held, Map<Part, Use> needs) {
        return held.value() == null || needs.get(part) == Use.VALUE;
    }

    /** Returns these with copies of the values that are needed, and without the others. Nothing is wiped. */
    public HeldValues copy(Map<Part, Use> needs) {
        return changed((part, held) -> needs.get(part) == Use.VALUE ? held.copy() : held.digestOnly());
    }

    /** Returns these with copies of all values. */
    public HeldValues copy() {
        return changed((part, held) -> held.copy());
    }

    private HeldValues changed(BiFunction<Part, HeldValue, HeldValue> change) {
        Map<Part, HeldValue> changed = new HashMap<>(parts);
        changed.replaceAll(change);
        return new HeldValues(changed, unfit, validity);
    }

    /** Wipes all values; the digests stay. */
    public void wipe() {
        parts.values().forEach(HeldValues::wipe);
    }

    private static void wipe(@Nullable HeldValue held) {
        if (held != null && held.value() != null) {
            held.value().close();
        }
    }

    /** Returns the number of parts, without what is known of them. */
    @Override
    public String toString() {
        return parts.size() + " values";
    }
}
