package dev.secretproviders.sink;

import dev.secretproviders.settings.Settings;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads addresses that records or spans are sent to. */
public final class PeerAddress {
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]");

    private PeerAddress() {}

    /**
     * Returns a required address whose traffic others cannot read or change: https, or http on this machine. Null if it is
     * absent or another one, which is reported.
     */
    public static @Nullable URI read(Settings section, String name) {
        if (section.text(name).isEmpty()) {
            return null;
        }
        URI address = section.httpUri(name);
        if (address == null) {
            return null;
        }
        boolean secure = "https".equalsIgnoreCase(address.getScheme())
                || LOOPBACK.matcher(address.getHost().toLowerCase(Locale.ROOT)).matches();
        if (!secure) {
            section.problem(name, "expected https: over http, others could read who changed what");
            return null;
        }
        if (address.getRawFragment() != null) {
            section.problem(name, "expected an address without #");
            return null;
        }
        return address;
    }
}
