package dev.secretproviders.certificate;

import java.util.Collection;
import java.util.Locale;
import java.util.regex.Pattern;

/** Host names of TLS, as clients send them and as certificates hold them (RFC 6066, RFC 6125, RFC 9525). */
final class ServerName {
    private static final Pattern NAME = Pattern.compile(
            "(\\*\\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+");
    private static final int LONGEST = 253;
    private static final String WILDCARD = "*.";

    private ServerName() {}

    /** Returns whether a text in lower case is a host name, or one with a wildcard as its first label. */
    static boolean isValid(String name) {
        return name.length() <= LONGEST
                && NAME.matcher(name).matches()
                && !ADDRESS.matcher(name).matches();
    }

    /**
     * Returns whether one of the names of a certificate covers a name. A wildcard stands for exactly one label, and only
     * a wildcard covers a wildcard.
     */
    static boolean covered(String name, Collection<String> ofCertificate) {
        String wanted = name.toLowerCase(Locale.ROOT);
        int dot = wanted.indexOf('.');
        String wildcard = dot < 0 ? wanted : WILDCARD + wanted.substring(dot + 1);
        return ofCertificate.stream()
                .map(one -> one.toLowerCase(Locale.ROOT))
                .anyMatch(one -> one.equals(wanted) || (!wanted.startsWith(WILDCARD) && one.equals(wildcard)));
    }
}
