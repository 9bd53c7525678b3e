package dev.secretproviders.reference.template;

import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.reference.template.ValueTemplate.Piece;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Recursive-descent parser of one {@link ValueTemplate}. Its messages name the position and the remedy. They never
 * repeat the text, which may hold a misplaced secret.
 */
final class TemplateParser {
    private static final String OPENING = "${";
    private static final String BASE64 = "base64(";
    private static final String OR = "||";
    /** Stand in for the consumer's name while a reference is checked. As long as the placeholder, so that positions stay. */
    private static final String SAMPLE = "consumer_1";

    private static final String OTHER_SAMPLE = "consumer_2";
    /** Longer than what a reference begins with. */
    private static final int BEGINNING = 16;
    /** As in the schema of the companion's plugin. */
    private static final int LONGEST = 8192;

    private static final int MOST_REFERENCES = 16;

    private final String field;
    private final String text;
    private int position;
    private int references;

    TemplateParser(String field, String text) {
        this.field = field;
        this.text = text;
    }

    ValueTemplate parse() throws InvalidInjectConfigException {
        if (text.length() > LONGEST) {
            throw problem(LONGEST, "the value is longer than " + LONGEST + " characters; shorten it");
        }
        List<Piece> pieces = pieces(false);
        if (references == 0) {
            throw problem(
                    0,
                    "holds no reference; write one as ${secret://manager/id/path}, and set values that are no"
                            + " secrets with APISIX's plugin proxy-rewrite");
        }
        return new ValueTemplate(pieces);
    }

    private List<Piece> pieces(boolean inBase64) throws InvalidInjectConfigException {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder plain = new StringBuilder();
        while (position < text.length()) {
            if (inBase64 && text.charAt(position) == ')') {
                break;
            }
            if (beginsReference()) {
                throw problem(
                        position,
                        "put the reference into braces, as ${secret://manager/id/path}: APISIX would"
                                + " resolve a string that begins with $secret:// or $env:// by itself, and keep an old value");
            }
            if (text.startsWith(WrittenReference.CONSUMER, position)) {
                throw problem(position, WrittenReference.CONSUMER + " may stand within ${...} only");
            }
            if (text.startsWith(OPENING, position)) {
                flush(plain, pieces);
                pieces.add(new Piece.Secret(reference()));
            } else if (text.startsWith(BASE64, position)) {
                if (inBase64) {
                    throw problem(position, "base64( stands within base64(; close the first one before");
                }
                flush(plain, pieces);
                pieces.add(base64());
            } else {
                plain.append(plainCharacter());
            }
        }
        flush(plain, pieces);
        return pieces;
    }

    private boolean beginsReference() {
        return text.charAt(position) == '$'
                && SecretReference.isReference(text.substring(position, Math.min(text.length(), position + BEGINNING)));
    }

    private char plainCharacter() throws InvalidInjectConfigException {
        char c = text.charAt(position);
        if ((c < 0x20 && c != '\t') || c >= 0x7f) {
            throw problem(position, "write printable ASCII characters only");
        }
        position++;
        return c;
    }

    private static void flush(StringBuilder plain, List<Piece> pieces) {
        if (!plain.isEmpty()) {
            pieces.add(new Piece.Text(plain.toString()));
            plain.setLength(0);
        }
    }

    private Piece base64() throws InvalidInjectConfigException {
        int start = position;
        position += BASE64.length();
        List<Piece> inner = pieces(true);
        if (position == text.length()) {
            throw problem(start, "base64( is not closed; add ) after what is to be encoded");
        }
        position++;
        if (inner.isEmpty()) {
            throw problem(start, "base64() is empty; write what is to be encoded between the parentheses");
        }
        return new Piece.Base64(inner);
    }

    private WrittenReference reference() throws InvalidInjectConfigException {
        int start = position;
        if (++references > MOST_REFERENCES) {
            throw problem(start, "more than " + MOST_REFERENCES + " references in one value");
        }
        int from = start + OPENING.length();
        int end = closing(start, from);
        List<String> alternatives = new ArrayList<>();
        while (true) {
            if (alternatives.size() == ReferenceChain.MOST) {
                throw problem(from, "more than " + ReferenceChain.MOST + " alternatives in one reference");
            }
            int or = text.indexOf(OR, from);
            int stop = or < 0 || or > end ? end : or;
            alternatives.add(alternative(from, stop));
            if (stop == end) {
                break;
            }
            from = stop + OR.length();
        }
        position = end + 1;
        return new WrittenReference(alternatives);
    }

    /** Returns the position of the brace that ends the reference. */
    private int closing(int start, int from) throws InvalidInjectConfigException {
        int at = from;
        while (at < text.length() && text.charAt(at) != '}') {
            if (text.startsWith(WrittenReference.CONSUMER, at)) {
                at += WrittenReference.CONSUMER.length();
            } else if (text.charAt(at) == '{') {
                throw problem(at, "the only placeholder in a reference is " + WrittenReference.CONSUMER);
            } else {
                at++;
            }
        }
        if (at == text.length()) {
            throw problem(start, "the reference is not closed; add } after it");
        }
        return at;
    }

    private String alternative(int from, int stop) throws InvalidInjectConfigException {
        String written = "$" + text.substring(from, stop);
        if (!SecretReference.isReference(written)) {
            throw problem(from, "expected secret:// or env://, without a dollar sign");
        }
        try {
            checkPlaceholder(written, from);
        } catch (InvalidReferenceException e) {
            String message = String.valueOf(e.getMessage());
            throw problem(from + e.position() - 1, message.substring(message.indexOf(": ") + 2));
        }
        return written;
    }

    /** The placeholder is allowed in the path only, since the rules of providers are about paths. */
    private void checkPlaceholder(String written, int from) throws InvalidInjectConfigException {
        SecretReference one = SecretReference.parse(written.replace(WrittenReference.CONSUMER, SAMPLE));
        SecretReference other = SecretReference.parse(written.replace(WrittenReference.CONSUMER, OTHER_SAMPLE));
        boolean sameProvider = one.provider().equals(other.provider());
        if (!sameProvider
                || !Objects.equals(one.version(), other.version())
                || !Objects.equals(one.stage(), other.stage())
                || !one.transforms().equals(other.transforms())) {
            int searched = sameProvider ? written.indexOf('?') : 0;
            throw problem(
                    from + written.indexOf(WrittenReference.CONSUMER, searched) - 1,
                    WrittenReference.CONSUMER + " may stand in the path only, after the provider's id");
        }
    }

    private InvalidInjectConfigException problem(int at, String problem) {
        return new InvalidInjectConfigException(field + ", character " + (Math.max(0, at) + 1) + ": " + problem);
    }
}
