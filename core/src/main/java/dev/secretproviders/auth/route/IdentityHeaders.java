package dev.secretproviders.auth.route;

import dev.secretproviders.auth.RequestView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The headers that identify the consumer to the upstream ({@code apisix/consumer.lua}, {@code attach_consumer}). A
 * client must never set them, in any spelling: many servers treat {@code X_Consumer_Username} as {@code
 * X-Consumer-Username}, while APISIX treats them as different.
 *
 * <p>These three headers are set or removed for each request, whatever arrived, because the runner may not see headers
 * beyond the 100th. Look-alikes are removed if they arrived, or if the list shows that it may have been cut ({@code
 * docs/contributing/decisions/0020-headers-that-the-runner-cannot-see.md}).
 */
final class IdentityHeaders {
    static final String USERNAME = "X-Consumer-Username";
    static final String CREDENTIAL = "X-Credential-Identifier";
    static final String CUSTOM_ID = "X-Consumer-Custom-ID";

    private static final List<byte[]> PLAIN = List.of(lower(USERNAME), lower(CREDENTIAL), lower(CUSTOM_ID));
    private static final int SHORTEST = lower(USERNAME).length;
    private static final int LONGEST = lower(CREDENTIAL).length;
    /** All look-alikes, in lower case, since APISIX ignores case. */
    static final List<String> LOOK_ALIKES = spellings();

    private IdentityHeaders() {}

    /** Returns the look-alikes to remove from a request. The usual result, none, allocates nothing. */
    static List<String> lookAlikes(RequestView request) {
        if (request.mayHideHeaders()) {
            return LOOK_ALIKES;
        }
        int count = request.headerCount();
        for (int i = 0; i < count; i++) {
            if (isLookAlike(request, request.headerName(i))) {
                return lookAlikes(request, i);
            }
        }
        return List.of();
    }

    private static List<String> lookAlikes(RequestView request, int from) {
        List<String> found = new ArrayList<>();
        for (int i = from; i < request.headerCount(); i++) {
            long slice = request.headerName(i);
            if (isLookAlike(request, slice)) {
                found.add(new String(
                        request.bytes(),
                        RequestView.offset(slice),
                        RequestView.length(slice),
                        StandardCharsets.US_ASCII));
            }
        }
        return List.copyOf(found);
    }

    private static boolean isLookAlike(RequestView request, long slice) {
        int length = RequestView.length(slice);
        if (length < SHORTEST || length > LONGEST) {
            return false;
        }
        for (int i = 0; i < PLAIN.size(); i++) {
            if (PLAIN.get(i).length == length && resembles(request.bytes(), RequestView.offset(slice), PLAIN.get(i))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns whether the names have the same letters in any case, with {@code _} for at least one {@code -} of the
     * plain name.
     */
    private static boolean resembles(byte[] bytes, int offset, byte[] plain) {
        boolean underscored = false;
        for (int i = 0; i < plain.length; i++) {
            int c = bytes[offset + i];
            if (c >= 'A' && c <= 'Z') {
                c += 'a' - 'A';
            }
            if (c != plain[i]) {
                if (c != '_' || plain[i] != '-') {
                    return false;
                }
                underscored = true;
            }
        }
        return underscored;
    }

    private static List<String> spellings() {
        List<String> spellings = new ArrayList<>();
        for (byte[] plain : PLAIN) {
            String name = new String(plain, StandardCharsets.US_ASCII);
            int dashes = (int) name.chars().filter(c -> c == '-').count();
            for (int mask = 1; mask < 1 << dashes; mask++) {
                StringBuilder spelling = new StringBuilder(name);
                int dash = -1;
                for (int bit = 0; bit < dashes; bit++) {
                    dash = name.indexOf('-', dash + 1);
                    if ((mask >> bit & 1) == 1) {
                        spelling.setCharAt(dash, '_');
                    }
                }
                spellings.add(spelling.toString());
            }
        }
        return List.copyOf(spellings);
    }

    private static byte[] lower(String name) {
        return name.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }
}
