package dev.secretproviders.dashboard;

import dev.secretproviders.dashboard.openid.OpenIdSettings;
import dev.secretproviders.dashboard.page.Links;
import dev.secretproviders.dashboard.session.SessionSettings;
import dev.secretproviders.settings.Settings;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code dashboard} of the configuration.
 *
 * @param enabled whether the dashboard is served
 * @param links the links to other systems
 * @param url the dashboard's server as browsers reach it, such as {@code https://runner.example:9190}; null if not configured
 * @param openId log-in by OpenID Connect; null if not configured
 */
public record DashboardSettings(
        boolean enabled,
        SessionSettings session,
        Links links,
        @Nullable URI url,
        @Nullable OpenIdSettings openId) {
    /** Creates settings of a dashboard without links, an address of its own and OpenID Connect. */
    public DashboardSettings(boolean enabled, SessionSettings session) {
        this(enabled, session, Links.NONE, null, null);
    }

    /**
     * Reads the section. Problems are added to it.
     *
     * @param environment where {@code $env://NAME} is looked up
     */
    public static DashboardSettings read(Settings section, Map<String, String> environment) {
        return new DashboardSettings(
                section.flag("enabled", true),
                SessionSettings.read(section.section("session")),
                Links.read(section),
                section.httpUri("url"),
                OpenIdSettings.read(section, environment));
    }
}
