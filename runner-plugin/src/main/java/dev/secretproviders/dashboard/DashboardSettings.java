package dev.secretproviders.dashboard;

import dev.secretproviders.dashboard.session.SessionSettings;
import dev.secretproviders.settings.Settings;

/**
 * The section {@code dashboard} of the configuration.
 *
 * @param enabled whether the dashboard is served
 */
public record DashboardSettings(boolean enabled, SessionSettings session) {
    /** Reads the section. Problems are added to it. */
    public static DashboardSettings read(Settings section) {
        return new DashboardSettings(section.flag("enabled", true), SessionSettings.read(section.section("session")));
    }
}
