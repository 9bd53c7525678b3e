package dev.secretproviders.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Recursive-descent parser of one reference; knows the exact position of the first character that is wrong. */
final class ReferenceParser {
    static final String SECRET_SCHEME = "$secret://";
    static final String ENV_SCHEME = "$env://";

    private static final Pattern ENV_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    /** Makes a letter of US-ASCII a lower-case one. */
    private static final int LOWER_CASE = 0x20;

    private static final String FORBIDDEN_IN_PATH = "\\#%";

    private static final List<String> PARAMETERS =
            List.of("version", "stage", TransformSpelling.JSON, TransformSpelling.DECODE, TransformSpelling.TRIM);

    private final String text;
    private int position;
    private @Nullable String version;
    private @Nullable String stage;
    private final List<Transform> transforms = new ArrayList<>();

    ReferenceParser(String text) {
        this.text = text;
    }

    static boolean hasScheme(String text, String scheme) {
        return text.regionMatches(true, 0, scheme, 0, scheme.length());
    }

    static boolean hasScheme(byte[] text, int offset, int length, String scheme) {
        if (length < scheme.length()) {
            return false;
        }
        for (int i = 0; i < scheme.length(); i++) {
            byte c = text[offset + i];
            if ((Character.isLetter(scheme.charAt(i)) ? c | LOWER_CASE : c) != scheme.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether {@code path} can follow {@code $env://}: {@code $secret://env/process/...} takes names that it does not. */
    static boolean isEnvironmentPath(String path) {
        int slash = path.indexOf('/');
        return ENV_NAME.matcher(slash < 0 ? path : path.substring(0, slash)).matches();
    }

    SecretReference parse() {
        if (hasScheme(text, ENV_SCHEME)) {
            position = ENV_SCHEME.length();
            return parseEnvironment();
        }
        if (!hasScheme(text, SECRET_SCHEME)) {
            throw new InvalidReferenceException(0, "expected '$secret://' or '$env://'");
        }
        if (!text.startsWith(SECRET_SCHEME)) {
            throw new InvalidReferenceException(0, "write '$secret://' in lower case, as APISIX demands");
        }
        position = SECRET_SCHEME.length();
        return parseManaged();
    }

    private SecretReference parseEnvironment() {
        int end = endOfPath();
        String name = word(end, ENV_NAME, "the name of an environment variable");
        if (position < end) {
            position++;
            name += "/" + path(end, "a JSON field after '/'");
        }
        parameters(end);
        return new SecretReference(ProviderId.ENVIRONMENT, name, version, stage, transforms);
    }

    private SecretReference parseManaged() {
        int end = endOfPath();
        String manager = word(end, ProviderId.MANAGER, "the secret manager, such as 'vault' or 'aws',");
        expectSlash(end, "'/' and the provider's id");
        String id = word(end, ProviderId.ID, "the provider's id (letters, digits, '-', '_', '.')");
        expectSlash(end, "'/' and the path of the secret");
        String path = path(end, "the path of the secret");
        parameters(end);
        return new SecretReference(new ProviderId(manager, id), path, version, stage, transforms);
    }

    /** Parses transforms alone. */
    List<Transform> parseTransforms() {
        parameters(-1);
        if (version != null || stage != null) {
            throw new InvalidReferenceException(0, "expected transforms only");
        }
        return List.copyOf(transforms);
    }

    private int endOfPath() {
        int question = text.indexOf('?', position);
        return question < 0 ? text.length() : question;
    }

    /** Reads the parameters after a question mark, if there is one. */
    private void parameters(int question) {
        int start = question + 1;
        while (start <= text.length()) {
            int next = text.indexOf('&', start);
            int stop = next < 0 ? text.length() : next;
            int equals = text.indexOf('=', start);
            parameter(start, equals < 0 || equals > stop ? -1 : equals, stop);
            start = stop + 1;
        }
    }

    /** @param equals the position of the equals sign, or -1 if there is none */
    private void parameter(int start, int equals, int stop) {
        String name = text.substring(start, equals < 0 ? stop : equals);
        switch (name) {
            case "version" -> version = pin(version, start, equals, stop);
            case "stage" -> stage = pin(stage, start, equals, stop);
            case TransformSpelling.JSON -> {
                expectValue(equals, stop);
                transforms.add(new Transform.Json(TransformSpelling.decode(text, equals + 1, stop)));
            }
            case TransformSpelling.DECODE -> {
                expectValue(equals, stop);
                if (!text.substring(equals + 1, stop).equals(TransformSpelling.BASE64)) {
                    throw new InvalidReferenceException(equals + 1, "expected 'base64'");
                }
                transforms.add(new Transform.DecodeBase64());
            }
            case TransformSpelling.TRIM -> {
                if (equals >= 0) {
                    throw new InvalidReferenceException(equals, "'trim' has no value");
                }
                transforms.add(new Transform.Trim());
            }
            default -> {
                String meant = meant(name);
                throw new InvalidReferenceException(
                        start,
                        "expected one of " + String.join(", ", PARAMETERS)
                                + (meant == null ? "" : "; did you mean '" + meant + "'?"));
            }
        }
    }

    /** Returns the parameter that an unknown one is probably meant to be, or null. All begin with different letters. */
    private static @Nullable String meant(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("base")) {
            return TransformSpelling.DECODE + "=" + TransformSpelling.BASE64;
        }
        return PARAMETERS.stream()
                .filter(known -> !lower.isEmpty() && known.charAt(0) == lower.charAt(0))
                .findFirst()
                .orElse(null);
    }

    private static void expectValue(int equals, int stop) {
        if (equals < 0 || equals + 1 >= stop) {
            throw new InvalidReferenceException(stop, "expected a value");
        }
    }

    private String pin(@Nullable String before, int start, int equals, int stop) {
        if (before != null) {
            throw new InvalidReferenceException(
                    start, "'" + text.substring(start, equals < 0 ? stop : equals) + "' stands twice");
        }
        expectValue(equals, stop);
        for (int i = equals + 1; i < stop; i++) {
            char c = text.charAt(i);
            boolean allowed = Character.isLetterOrDigit(c) || "-_.:/+=@".indexOf(c) >= 0;
            if (!allowed || c > 0x7f) {
                throw new InvalidReferenceException(i, "expected letters, digits or one of - _ . : / + = @");
            }
        }
        return text.substring(equals + 1, stop);
    }

    /** Reads up to the next slash or {@code end}. */
    private String word(int end, Pattern pattern, String expected) {
        int slash = text.indexOf('/', position);
        int stop = slash < 0 || slash > end ? end : slash;
        String word = text.substring(position, stop);
        var matcher = pattern.matcher(word);
        if (!matcher.matches()) {
            int good = matcher.reset().lookingAt() ? matcher.end() : 0;
            throw new InvalidReferenceException(position + good, "expected " + expected);
        }
        position = stop;
        return word;
    }

    private void expectSlash(int end, String expected) {
        if (position >= end) {
            throw new InvalidReferenceException(end, "expected " + expected);
        }
        position++;
    }

    private String path(int end, String expected) {
        int start = position;
        int segment = start;
        for (int i = start; i <= end; i++) {
            if (i < end && text.charAt(i) != '/') {
                char c = text.charAt(i);
                if (Character.isISOControl(c) || FORBIDDEN_IN_PATH.indexOf(c) >= 0) {
                    throw new InvalidReferenceException(i, "control characters, '\\', '#' and '%' are not allowed");
                }
                if (c == '|' && i + 1 < end && text.charAt(i + 1) == '|') {
                    throw new InvalidReferenceException(i, "expected one reference, not several joined by '||'");
                }
                continue;
            }
            String part = text.substring(segment, i);
            if (part.isEmpty()) {
                throw new InvalidReferenceException(
                        segment, start == end ? "expected " + expected : "a path segment is empty");
            }
            // Natively "a/../../sys" leaves the provider's prefix (apisix/secret/vault.lua, normpath).
            if (part.equals(".") || part.equals("..")) {
                throw new InvalidReferenceException(segment, "'.' and '..' are not allowed as path segments");
            }
            segment = i + 1;
        }
        position = end;
        return text.substring(start, end);
    }
}
