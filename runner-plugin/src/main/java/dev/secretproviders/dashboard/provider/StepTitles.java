package dev.secretproviders.dashboard.provider;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the steps of a test are called on pages, in their order. */
final class StepTitles {
    static final Map<String, String> ALL = all();

    private StepTitles() {}

    private static Map<String, String> all() {
        Map<String, String> titles = new LinkedHashMap<>();
        titles.put("configuration", "Check the configuration");
        titles.put("resolve", "Look up the name");
        titles.put("connect", "Connect");
        titles.put("tls", "Agree on TLS");
        titles.put("authenticate", "Log in");
        titles.put("read", "Read the secret");
        titles.put("version", "Tell the version");
        return Collections.unmodifiableMap(titles);
    }
}
