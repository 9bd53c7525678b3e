package dev.secretproviders.dashboard;

import dev.secretproviders.dashboard.page.Links;
import dev.secretproviders.dashboard.session.SessionSettings;
import dev.secretproviders.settings.Settings;

/**
 * The section {@code dashboard} of the configuration.
 *
 * @param enabled whether the dashboard is served
 * @param links the links to other systems
 */
public record DashboardSettings(boolean enabled, SessionSettings session, Links links) {
    /** Reads the section. Problems are added to it. */
    public static DashboardSettings read(Settings section) {
        return new DashboardSettings(
                section.flag("enabled", true), SessionSettings.read(section.section("session")), Links.read(section));
    }
}
