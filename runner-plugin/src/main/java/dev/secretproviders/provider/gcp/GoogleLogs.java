package dev.secretproviders.provider.gcp;

import com.google.api.client.http.HttpTransport;
import com.google.auth.http.HttpCredentialsAdapter;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Those loggers of Google's libraries that log requests and answers, secrets included: the one where somebody sets a logger of all to
 * DEBUG, the other whatever is set. They log by {@code java.util.logging}, and are off before their first line.
 */
final class GoogleLogs {
    /** Kept, since the JDK holds loggers weakly. */
    private static final List<Logger> TALKATIVE = List.of(
            Logger.getLogger(HttpTransport.class.getName()), Logger.getLogger(HttpCredentialsAdapter.class.getName()));

    private GoogleLogs() {}

    static void switchOff() {
        TALKATIVE.forEach(logger -> logger.setLevel(Level.OFF));
    }
}
