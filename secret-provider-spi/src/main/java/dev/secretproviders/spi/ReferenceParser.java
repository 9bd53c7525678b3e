package dev.secretproviders.spi;

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

    private final String text;
    private int position;

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
        String name = word(text.length(), ENV_NAME, "the name of an environment variable");
        String field = null;
        if (position < text.length()) {
            position++;
            field = path(text.length(), "a JSON field after '/'");
        }
        return new SecretReference(ProviderId.ENVIRONMENT, field == null ? name : name + "/" + field, null, null);
    }

    private SecretReference parseManaged() {
        int question = text.indexOf('?', position);
        int end = question < 0 ? text.length() : question;
        String manager = word(end, ProviderId.MANAGER, "the secret manager, such as 'vault' or 'aws',");
        expectSlash(end, "'/' and the provider's id");
        String id = word(end, ProviderId.ID, "the provider's id (letters, digits, '-', '_', '.')");
        expectSlash(end, "'/' and the path of the secret");
        String path = path(end, "the path of the secret");
        String version = null;
        String stage = null;
        if (question >= 0) {
            position = question + 1;
            do {
                int start = position;
                int next = text.indexOf('&', start);
                int stop = next < 0 ? text.length() : next;
                int equals = text.indexOf('=', start);
                String name = equals < 0 || equals > stop ? text.substring(start, stop) : text.substring(start, equals);
                switch (name) {
                    case "version" -> version = parameter(version, start, equals, stop);
                    case "stage" -> stage = parameter(stage, start, equals, stop);
                    default -> throw new InvalidReferenceException(start, "expected 'version=' or 'stage=' after '?'");
                }
                position = stop + 1;
            } while (position <= text.length());
        }
        return new SecretReference(new ProviderId(manager, id), path, version, stage);
    }

    private String parameter(@Nullable String before, int start, int equals, int stop) {
        if (before != null) {
            throw new InvalidReferenceException(start, "'" + text.substring(start, equals) + "' stands twice");
        }
        if (equals < 0 || equals + 1 >= stop) {
            throw new InvalidReferenceException(stop, "expected a value");
        }
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
