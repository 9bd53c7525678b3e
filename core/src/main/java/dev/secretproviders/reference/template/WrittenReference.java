package dev.secretproviders.reference.template;

import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A reference in a text. It may name alternatives, of which the first that exists counts. It may hold {@code
 * {consumer}}, which stands for the name of the request's consumer.
 *
 * @param alternatives the references as APISIX spells them, but for the placeholder
 */
public record WrittenReference(List<String> alternatives) {
    /** Stands for the consumer's name. */
    public static final String CONSUMER = "{consumer}";

    /** A name that cannot leave the place in the path that it was written into. */
    private static final Pattern SAFE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]*");

    /** Copies the alternatives. */
    public WrittenReference {
        alternatives = List.copyOf(alternatives);
    }

    /** Returns whether it stands for another secret for each consumer. */
    public boolean perConsumer() {
        return alternatives.stream().anyMatch(WrittenReference::perConsumer);
    }

    /** Returns whether an alternative stands for another secret for each consumer. */
    public static boolean perConsumer(String alternative) {
        return alternative.contains(CONSUMER);
    }

    /** Returns whether a consumer's name can stand in a path. Others are never resolved. */
    public static boolean canStand(String consumer) {
        return SAFE_NAME.matcher(consumer).matches();
    }

    /**
     * Returns one alternative for a consumer.
     *
     * @param consumer a name that {@linkplain #canStand can stand} in a path; null only if the alternative has no placeholder
     * @return null if together they are no well-formed reference
     */
    public static @Nullable SecretReference expand(String alternative, @Nullable String consumer) {
        try {
            return SecretReference.parse(consumer == null ? alternative : alternative.replace(CONSUMER, consumer));
        } catch (InvalidReferenceException e) {
            return null;
        }
    }

    /** Returns the alternatives for a consumer as {@link #expand(String, String)} does, without those that are not well formed. */
    public List<SecretReference> expand(@Nullable String consumer) {
        List<SecretReference> references = new ArrayList<>();
        for (String alternative : alternatives) {
            SecretReference reference = expand(alternative, consumer);
            if (reference != null) {
                references.add(reference);
            }
        }
        return references;
    }

    /** Returns whether a text with the placeholder may become another text, for some consumer. */
    public static boolean mayMean(String text, String expanded) {
        String[] parts = text.split(Pattern.quote(CONSUMER), -1);
        StringBuilder form = new StringBuilder(Pattern.quote(parts[0]));
        for (int i = 1; i < parts.length; i++) {
            form.append(i == 1 ? "(" + SAFE_NAME + ")" : "\\1").append(Pattern.quote(parts[i]));
        }
        return Pattern.matches(form.toString(), expanded);
    }

    /** Returns it as written, without the braces around it. */
    @Override
    public String toString() {
        return String.join("||", alternatives);
    }
}
