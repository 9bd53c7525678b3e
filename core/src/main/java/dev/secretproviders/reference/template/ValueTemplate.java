package dev.secretproviders.reference.template;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A text with references to secrets, such as {@code Bearer ${secret://vault/prod/billing/token}}. Immutable.
 *
 * <pre>
 * template  = *( character / reference / base64 )
 * base64    = "base64(" *( character / reference ) ")"       the text between the parentheses, encoded
 * reference = "${" alternative *( "||" alternative ) "}"
 * alternative: a reference without its dollar sign; {consumer} in its path is the consumer's name
 * </pre>
 *
 * No template begins with {@code $secret://} or {@code $env://}, because APISIX resolves such strings by itself.
 *
 * @param pieces the pieces in order
 */
public record ValueTemplate(List<Piece> pieces) {
    /** Copies the pieces. */
    public ValueTemplate {
        pieces = List.copyOf(pieces);
    }

    /** A piece of a template. */
    public sealed interface Piece {
        /** Stands for itself. */
        record Text(String text) implements Piece {}

        /** Stands for a secret. */
        record Secret(WrittenReference reference) implements Piece {}

        /** The base64 of other pieces (RFC 4648, section 4). */
        record Base64(List<Piece> pieces) implements Piece {
            /** Copies the pieces. */
            public Base64 {
                pieces = List.copyOf(pieces);
            }
        }
    }

    /**
     * Reads a template.
     *
     * @param field the name of the field, for the message
     * @throws InvalidInjectConfigException if it is not one, or holds no reference
     */
    static ValueTemplate parse(String field, String text) throws InvalidInjectConfigException {
        return new TemplateParser(field, text).parse();
    }

    /** Returns all references, in order. */
    public List<WrittenReference> references() {
        List<WrittenReference> references = new ArrayList<>();
        visit(pieces, references::add);
        return references;
    }

    private static void visit(List<Piece> pieces, Consumer<WrittenReference> visitor) {
        for (Piece piece : pieces) {
            switch (piece) {
                case Piece.Text _ -> {}
                case Piece.Secret(WrittenReference reference) -> visitor.accept(reference);
                case Piece.Base64(List<Piece> inner) -> visit(inner, visitor);
            }
        }
    }

    /** Returns whether it has another value for each consumer. */
    boolean perConsumer() {
        return references().stream().anyMatch(WrittenReference::perConsumer);
    }

    /** Shows the references only, since a text next to them may be a misplaced secret. */
    @Override
    public String toString() {
        return "ValueTemplate" + references();
    }
}
