package dev.secretproviders.auth;

import dev.secretproviders.auth.Decision.Header;
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
    private static final int LONGEST = lower(CREDENTIAL).length;
    private static final ThreadLocal<byte[]> NAME = ThreadLocal.withInitial(() -> new byte[LONGEST]);
    private static final List<String> UNDERSCORED = underscoredSpellings();

    private IdentityHeaders() {}

    /** Returns the changes that make the request carry {@code identity} and nothing a client made up. */
    static List<Header> changes(RequestView request, Identity identity) {
        return request.mayHideHeaders()
                        || identity.credentialId() != null
                        || identity.customId() != null
                        || speaks(request)
                ? allChanges(request, identity)
                : List.of(new Header(USERNAME, identity.username()));
    }

    /** Returns whether the client sent an identity header in any spelling. */
    private static boolean speaks(RequestView request) {
        byte[] name = NAME.get();
        for (int i = 0; i < request.headerCount(); i++) {
            if (meant(request, i, name) >= 0) {
                return true;
            }
        }
        return false;
    }

    private static List<Header> allChanges(RequestView request, Identity identity) {
        List<Header> changes = new ArrayList<>(3);
        changes.add(new Header(USERNAME, identity.username()));
        if (request.mayHideHeaders()) {
            changes.add(new Header(CREDENTIAL, identity.credentialId()));
            changes.add(new Header(CUSTOM_ID, identity.customId()));
            UNDERSCORED.forEach(name -> changes.add(new Header(name, null)));
            return changes;
        }
        List<Header> lookAlikes = new ArrayList<>(0);
        boolean credentialSent = false;
        boolean customIdSent = false;
        byte[] name = NAME.get();
        for (int i = 0; i < request.headerCount(); i++) {
            int meant = meant(request, i, name);
            if (meant < 0) {
                continue;
            }
            String sent = new String(name, 0, PLAIN.get(meant).length, StandardCharsets.US_ASCII);
            if (sent.indexOf('_') >= 0) {
                lookAlikes.add(new Header(sent, null));
            } else {
                credentialSent |= meant == 1;
                customIdSent |= meant == 2;
            }
        }
        if (identity.credentialId() != null || credentialSent) {
            changes.add(new Header(CREDENTIAL, identity.credentialId()));
        }
        if (identity.customId() != null || customIdSent) {
            changes.add(new Header(CUSTOM_ID, identity.customId()));
        }
        changes.addAll(lookAlikes);
        return changes;
    }

    /** Copies the name of header {@code index} to {@code name} and returns which of {@link #PLAIN} it spells, -1 if none. */
    private static int meant(RequestView request, int index, byte[] name) {
        long slice = request.headerName(index);
        int length = RequestView.length(slice);
        for (int i = 0; i < PLAIN.size(); i++) {
            if (PLAIN.get(i).length == length) {
                request.copy(slice, name);
                if (spells(name, PLAIN.get(i))) {
                    return i;
                }
            }
        }
        return -1;
    }

    /** Same letters in either case, with {@code -} or {@code _} where the plain name has {@code -}. */
    private static boolean spells(byte[] name, byte[] plain) {
        for (int i = 0; i < plain.length; i++) {
            int c = name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A') : name[i];
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
