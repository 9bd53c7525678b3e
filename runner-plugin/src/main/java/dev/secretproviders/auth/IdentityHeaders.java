package dev.secretproviders.auth;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The headers that tell the upstream who a request comes from ({@code apisix/consumer.lua}, {@code attach_consumer}). A client
 * must never bring its own, in any spelling: many servers take {@code X_Consumer_Username} for {@code X-Consumer-Username},
 * while APISIX takes them for two.
 */
final class IdentityHeaders {
    static final String USERNAME = "X-Consumer-Username";
    static final String CREDENTIAL = "X-Credential-Identifier";
    static final String CUSTOM_ID = "X-Consumer-Custom-ID";

    private static final List<byte[]> PLAIN = List.of(lower(USERNAME), lower(CREDENTIAL), lower(CUSTOM_ID));
    private static final int SHORTEST = lower(USERNAME).length;
    private static final int LONGEST = lower(CREDENTIAL).length;
    private static final List<String> UNDERSCORED = underscoredSpellings();

    private IdentityHeaders() {}

    /**
     * What a client sent in place of these headers.
     *
     * @param credential whether there may be {@value #CREDENTIAL}
     * @param customId whether there may be {@value #CUSTOM_ID}
     * @param lookAlikes other spellings of any of them
     */
    record Sent(boolean credential, boolean customId, List<String> lookAlikes) {
        static final Sent NOTHING = new Sent(false, false, List.of());
        /** APISIX may have cut the list of headers off before them. */
        static final Sent MAYBE_ALL = new Sent(true, true, UNDERSCORED);
    }

    /** Returns what the client sent in place of these headers; the usual answer costs no memory. */
    static Sent sent(RequestView request) {
        if (request.mayHideHeaders()) {
            return Sent.MAYBE_ALL;
        }
        int count = request.headerCount();
        for (int i = 0; i < count; i++) {
            if (meant(request, request.headerName(i)) >= 0) {
                return sent(request, i);
            }
        }
        return Sent.NOTHING;
    }

    private static Sent sent(RequestView request, int from) {
        List<String> lookAlikes = new ArrayList<>();
        boolean credential = false;
        boolean customId = false;
        for (int i = from; i < request.headerCount(); i++) {
            long slice = request.headerName(i);
            int meant = meant(request, slice);
            if (meant < 0) {
                continue;
            }
            String spelling = new String(
                    request.bytes(), RequestView.offset(slice), RequestView.length(slice), StandardCharsets.US_ASCII);
            if (spelling.indexOf('_') >= 0) {
                lookAlikes.add(spelling);
            } else {
                credential |= meant == 1;
                customId |= meant == 2;
            }
        }
        return new Sent(credential, customId, List.copyOf(lookAlikes));
    }

    /** Returns which of {@link #PLAIN} a header's name spells, -1 if none. */
    private static int meant(RequestView request, long slice) {
        int length = RequestView.length(slice);
        if (length < SHORTEST || length > LONGEST) {
            return -1;
        }
        for (int i = 0; i < PLAIN.size(); i++) {
            if (PLAIN.get(i).length == length && spells(request.bytes(), RequestView.offset(slice), PLAIN.get(i))) {
                return i;
            }
        }
        return -1;
    }

    /** Same letters in either case, with {@code -} or {@code _} where the plain name has {@code -}. */
    private static boolean spells(byte[] bytes, int offset, byte[] plain) {
        for (int i = 0; i < plain.length; i++) {
            int c = bytes[offset + i];
            if (c >= 'A' && c <= 'Z') {
                c += 'a' - 'A';
            }
            if (c != plain[i] && !(c == '_' && plain[i] == '-')) {
                return false;
            }
        }
        return true;
    }

    private static List<String> underscoredSpellings() {
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
