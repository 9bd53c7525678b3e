package dev.secretproviders.admin.finding;

import dev.secretproviders.settings.Settings;
import java.time.Duration;

/**
 * The section {@code findings} of the configuration: from when on something is a finding.
 *
 * @param rotation how long a key may stay unchanged; 0 for no limit
 * @param warnBefore how long before its end a credential is reported; 0 for never
 */
public record FindingLimits(Duration rotation, Duration warnBefore) {
    /** What holds where there is no section. */
    public static final FindingLimits DEFAULT = new FindingLimits(Duration.ofDays(180), Duration.ofDays(14));

    /** Reads the section. */
    public static FindingLimits read(Settings section) {
        return new FindingLimits(
                section.duration("rotation-limit", DEFAULT.rotation),
                section.duration("warn-before", DEFAULT.warnBefore));
    }
}
