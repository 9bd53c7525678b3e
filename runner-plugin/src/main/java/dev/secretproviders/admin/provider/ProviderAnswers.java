package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.reference.ReferenceAnswers;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.spi.ProviderException;

/** The schemas of answers about provider objects. */
final class ProviderAnswers {
    private static final Schema WARNINGS = Schema.list(Schema.text());
    private static final String WARNING = "What works and is risky, and what to do about it.";

    private static final Schema BUDGET = Schema.object()
            .required(
                    "fetches_per_minute",
                    Schema.whole(0).unit("requests per minute"),
                    "How many requests the manager may receive in any minute; 0 for no limit.")
            .required("sent_last_minute", Schema.whole(0).unit("requests"), "Requests in the last minute.")
            .required("sent_total", Schema.whole(0).unit("requests"), "Requests since the object last changed.")
            .required(
                    "effective_ttl_ms",
                    Schema.whole(0).unit("ms"),
                    "Within which time values are fetched again; longer than cache.ttl if the budget is too small.")
            .required("sufficient", Schema.flag(), "Whether values can be confirmed before cache.stale_ttl ends.");

    /** The states of a provider. */
    static final Schema STATES = Schema.choice(ProviderStatus.State.class, "invalid");

    /** Health and statistics of one provider. */
    static final Schema STATUS = Schema.object()
            .required(
                    "state",
                    STATES,
                    "idle: not asked yet. up: it answers. down: the last call failed. unauthenticated: it rejects the"
                            + " provider's own credential. invalid: the object cannot be used.")
            .optional("secrets", Schema.whole(0), "How many of its secrets are kept resolved.")
            .optional(
                    "breaker",
                    Schema.choice(ProviderStatus.Breaker.class),
                    "closed: calls are made. open: none until the pause is over. half_open: one call at a time.")
            .optional("asked_again_in_ms", Schema.whole(1).unit("ms"), "How long calls are still paused.")
            .optional("budget", BUDGET, "The budget of requests and its use.")
            .optional("last_success", Schema.time().orNull(), "When it last answered; null if it never did.")
            .optional("last_failure", Schema.time().orNull(), "When a call last failed; null if none did.")
            .optional(
                    "last_error_kind",
                    Schema.choice(ProviderException.Kind.class).orNull(),
                    "The kind of that failure.")
            .optional("last_error", Schema.text().orNull(), "The message of that failure.")
            .optional("latency_ms", Schema.number().unit("ms"), "How long its last answer took.")
            .optional("problem", Schema.text(), "Why the object cannot be used.")
            .optional("warnings", WARNINGS, WARNING)
            .named("ProviderStatus");

    private static final Schema STEP = Schema.object()
            .required(
                    "step",
                    Schema.choice(TestStep.class),
                    "What was tried. Which steps there are depends on the manager.")
            .required(
                    "state",
                    Schema.choice(StepOutcome.State.class),
                    "What it came to. The steps after the first one that failed are skipped.")
            .required("duration_ms", Schema.whole(0).unit("ms"), "How long it took.")
            .required("message", Schema.text(), "What was found, or why it failed and what to do about it.")
            .named("TestStep");

    private static final Schema CONNECTION = Schema.object()
            .required("ok", Schema.flag(), "Whether no step failed.")
            .required("steps", Schema.list(STEP), "The steps, in order.")
            .optional("failed_step", Schema.choice(TestStep.class), "The step that failed.")
            .optional("warnings", WARNINGS, WARNING);

    static final Schema TEST = CONNECTION
            .required("took_ms", Schema.whole(0).unit("ms"), "How long the test took.")
            .named("ProviderTest");

    private static final Schema BROKEN =
            ProvidersInScope.USAGE.required("reason", Schema.text(), "Why it would no longer work.");

    static final Schema ONE = keyed();

    static final Schema PAGE = Schema.page(keyed().required("status", STATUS, "Its health.")
            .required("references", Schema.whole(0), "How many references to it there are.")
            .named("ListedProvider"));

    static final Schema WRITTEN = keyed().optional(
                    "broken_references",
                    Schema.list(BROKEN.named("BrokenReference")),
                    "With force: references that no longer work.")
            .optional("warnings", WARNINGS, WARNING)
            .optional("dry_run", Schema.flag(), "True if nothing was changed.")
            .optional("connection", CONNECTION, "In a dry run: what connecting and logging in came to.")
            .named("WrittenProvider");

    static final Schema DELETABLE = Schema.object()
            .required("key", Schema.text(), "The path of the resource.")
            .required("dry_run", Schema.flag(), "True: nothing was changed.")
            .required(
                    "broken_references",
                    Schema.list(ProvidersInScope.USAGE.named("Usage")),
                    "With force: the references to it.");

    static final Schema MANAGERS = Schema.page(Schema.object()
            .required("manager", Schema.text(), "The manager, as in paths.")
            .named("Manager"));

    static final Schema USAGES = Schema.page(ReferenceAnswers.REFERENCE);

    private ProviderAnswers() {}

    private static Schema keyed() {
        return Schema.keyed(Schema.shownProvider(), "/providers/vault/prod");
    }
}
