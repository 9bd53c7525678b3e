package dev.secretproviders.admin.overview;

import dev.secretproviders.admin.finding.Urgency;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.ResolutionState;
import java.util.Locale;

/** The schema of the overview. */
final class OverviewAnswer {
    private static final Schema PROBLEM = Schema.object()
            .required("kind", Schema.text(), "The kind of a finding, or such as provider_away; names are stable.")
            .required("urgency", Schema.choice(Urgency.class), "How soon an operator should act.")
            .required("what", Schema.text(), "What is wrong; of several, the oldest.")
            .required("remedy", Schema.text(), "What to do.")
            .required("since", Schema.time(), "Since when, as far as this runner knows.")
            .required("count", Schema.whole(1), "How many there are of this kind.")
            .required("subjects", Schema.list(Schema.text()), "What it is about: the first five.");
    private static final Schema OLDEST = Schema.object()
            .required("provider", Schema.text(), "manager/id.")
            .required("path", Schema.text(), "The secret.")
            .required("version", Schema.text().orNull(), "Its current version; null if the manager names none.")
            .required("created_at", Schema.time(), "When the manager says that the version was created.")
            .required("age_days", Schema.whole(0).unit("days"), "How old the version is.");
    private static final Schema BUDGET = Schema.object()
            .required("provider", Schema.text(), "manager/id.")
            .required("per_minute", Schema.whole(1), "How many requests it may receive in a minute.")
            .required("last_minute", Schema.whole(0), "How many it received in the last minute.")
            .required("sufficient", Schema.flag(), "Whether its secrets can be confirmed in time.");

    static final Schema SCHEMA = Schema.object()
            .required(
                    "state",
                    Schema.choice("well", "attention", "failing"),
                    "failing: something critical is wrong; attention: something is wrong; well: notices at most.")
            .required("since", Schema.time().orNull(), "Since when it is not well; null if it is.")
            .required("at", Schema.time(), "The time of this answer.")
            .required("problems", Schema.list(PROBLEM), "What is wrong, the most urgent first.")
            .required("findings", findings(), "The findings.")
            .required(
                    "providers",
                    counted(ProviderStatus.State.values(), "Providers in this state."),
                    "The providers in force.")
            .required(
                    "references",
                    counted(ResolutionState.values(), "References in this state."),
                    "The references in use.")
            .required(
                    "decisions",
                    counts(Reason.values(), "Requests decided in the last minute.")
                            .orNull(),
                    "The decisions of the last minute on this runner; null for a limited token.")
            .required(
                    "rotations",
                    Schema.object().required("last_day", Schema.whole(0), "How many secrets rotated in 24 hours."),
                    "The rotations.")
            .required(
                    "previous_versions",
                    Schema.object()
                            .required("overlaps", Schema.whole(0), "How many secrets have a running overlap.")
                            .required("next_end", Schema.time().orNull(), "When the first of them ends; or null.")
                            .required("previous", Schema.whole(0), "Credentials that use the old version.")
                            .required("both", Schema.whole(0), "Credentials that use both versions.")
                            .required("silent", Schema.whole(0), "Credentials that were not used since."),
                    "The use of versions before the current ones, as this runner saw it.")
            .required("oldest_secrets", Schema.list(OLDEST), "The five secrets in use with the oldest versions.")
            .required("budgets", Schema.list(BUDGET), "The providers with a budget, the most used first; at most 10.")
            .required(
                    "runners",
                    Schema.object()
                            .required("total", Schema.whole(1), "How many runners share the store.")
                            .required("up", Schema.whole(0), "How many work.")
                            .required("behind", Schema.whole(0), "How many do not hear of changes.")
                            .required("silent", Schema.whole(0), "How many give no signs of life.")
                            .required("versions", Schema.list(Schema.text()), "Their versions.")
                            .orNull(),
                    "The runners that share the store; null for a limited token.");

    private OverviewAnswer() {}

    private static Schema findings() {
        return counts(Urgency.values(), "Findings of this urgency.")
                .required("by_kind", Schema.map(Schema.whole(1)), "How many there are of each kind.");
    }

    private static Schema counted(Enum<?>[] states, String help) {
        return Schema.object()
                .required("total", Schema.whole(0), "How many there are.")
                .required("by_state", counts(states, help), "How many are in which state.");
    }

    private static Schema counts(Enum<?>[] names, String help) {
        Schema counts = Schema.object();
        for (Enum<?> name : names) {
            counts = counts.required(name.name().toLowerCase(Locale.ROOT), Schema.whole(0), help);
        }
        return counts;
    }
}
