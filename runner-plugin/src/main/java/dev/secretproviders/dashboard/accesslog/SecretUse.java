package dev.secretproviders.dashboard.accesslog;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Reply;
import dev.secretproviders.dashboard.page.Visit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the access log has about one secret in a span of time, summed up for its page. */
final class SecretUse {
    /** With pages of 1,000 entries, enough for a busy month; the page says when there was more. */
    private static final int MOST_PAGES = 12;

    private static final int PART_OF_A_DAY = 6;
    private static final int DAY = 24;

    private static final String USED = "used";
    private static final String USED_PREVIOUS = "used_previous";

    private final Span span;
    private final int step;
    private final long[] uses;
    private final long[] previous;
    private final long[] fetches;
    private final long[] failures;
    private final Map<String, Client> clients = new HashMap<>();
    private final Map<String, Fetch> outcomes = new TreeMap<>();
    private boolean complete = true;

    /**
     * A credential that used the secret.
     *
     * @param credential its id, or an empty text for the consumer's inline credential
     */
    record Client(
            String consumer,
            String credential,
            long uses,
            long previous,
            @Nullable Instant last) {
        private Client and(Client other) {
            return new Client(
                    consumer, credential, uses + other.uses, previous + other.previous, later(last, other.last));
        }
    }

    /** An outcome of fetches of a version by a runner. */
    record Fetch(
            String outcome,
            String version,
            String runner,
            long times,
            @Nullable Instant last) {
        private Fetch and(Fetch other) {
            return new Fetch(outcome, version, runner, times + other.times, later(last, other.last));
        }
    }

    private SecretUse(Span span) {
        this.span = span;
        this.step = span.hours() <= Bars.MOST ? 1 : span.hours() <= Bars.MOST * PART_OF_A_DAY ? PART_OF_A_DAY : DAY;
        int steps = (span.hours() + step - 1) / step;
        this.uses = new long[steps];
        this.previous = new long[steps];
        this.fetches = new long[steps];
        this.failures = new long[steps];
    }

    /** Reads the access log. */
    static SecretUse read(Visit visit, String provider, String path, Span span) {
        SecretUse use = new SecretUse(span);
        Map<String, String> query = new TreeMap<>(span.query());
        query.put("provider", provider);
        // A star at the end means a prefix, so each entry is compared again.
        query.put("path", path);
        query.put("page_size", "1000");
        for (int page = 0; page < MOST_PAGES; page++) {
            Reply reply = visit.get(AccessLogPages.API, query);
            Item body = reply.orFail();
            body.items("list").stream()
                    .filter(entry -> entry.text("path").equals(path))
                    .forEach(use::add);
            if (!body.has("next")) {
                return use;
            }
            query.put("cursor", body.text("next"));
        }
        use.complete = false;
        return use;
    }

    private void add(Item entry) {
        Instant hour = entry.time("hour");
        long times = entry.whole("count");
        if (hour == null || hour.isBefore(span.from()) || !hour.isBefore(span.to())) {
            return;
        }
        int at = (int) (Duration.between(span.from(), hour).toHours() / step);
        String outcome = entry.text("outcome");
        switch (outcome) {
            case USED, USED_PREVIOUS -> {
                boolean current = outcome.equals(USED);
                (current ? uses : previous)[at] += times;
                Client client = new Client(
                        entry.text("consumer"),
                        entry.text("credential"),
                        current ? times : 0,
                        current ? 0 : times,
                        entry.time("last_at"));
                clients.merge(client.consumer() + "/" + client.credential(), client, Client::and);
            }
            default -> {
                (good(outcome) ? fetches : failures)[at] += times;
                Fetch fetch =
                        new Fetch(outcome, entry.text("version"), entry.text("runner"), times, entry.time("last_at"));
                outcomes.merge(outcome + "\0" + fetch.version() + "\0" + fetch.runner(), fetch, Fetch::and);
            }
        }
    }

    private static boolean good(String outcome) {
        return outcome.equals("found") || outcome.equals("unchanged") || outcome.equals("checked");
    }

    private static @Nullable Instant later(@Nullable Instant some, @Nullable Instant other) {
        return some == null || (other != null && other.isAfter(some)) ? other : some;
    }

    private static List<Long> list(long[] numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }

    /** Returns the uses by time. */
    public Bars usesByTime() {
        return Bars.of(
                List.of(
                        new Bars.Series("use", "uses of the current version", list(uses)),
                        new Bars.Series("earlier", "uses of an earlier version", list(previous))),
                span.from(),
                step,
                "Uses by time");
    }

    /** Returns the fetches and checks by time. */
    public Bars fetchesByTime() {
        return Bars.of(
                List.of(
                        new Bars.Series("fetch", "fetches and checks", list(fetches)),
                        new Bars.Series("failure", "failures", list(failures))),
                span.from(),
                step,
                "Fetches and checks by time");
    }

    /** Returns how many hours a bar stands for. */
    public int step() {
        return step;
    }

    /** Returns the credentials that used the secret, those with most uses of an earlier version first. */
    public List<Client> clients() {
        return clients.values().stream()
                .sorted(Comparator.comparingLong(Client::previous)
                        .thenComparingLong(Client::uses)
                        .reversed()
                        .thenComparing(Client::consumer)
                        .thenComparing(Client::credential))
                .toList();
    }

    /** Returns the fetches and checks, the latest first. */
    public List<Fetch> fetches() {
        List<Fetch> all = new ArrayList<>(outcomes.values());
        all.sort(Comparator.comparing((Fetch fetch) -> Objects.requireNonNullElse(fetch.last(), Instant.EPOCH))
                .reversed());
        return all;
    }

    /** Returns how often the secret was used, with whatever version. */
    public long used() {
        return sum(uses) + sum(previous);
    }

    /** Returns how often an earlier version was used. */
    public long usedEarlier() {
        return sum(previous);
    }

    /** Returns how many fetches and checks succeeded. */
    public long fetched() {
        return sum(fetches);
    }

    /** Returns how many fetches failed. */
    public long failed() {
        return sum(failures);
    }

    /** Returns whether everything in the span was read. */
    public boolean complete() {
        return complete;
    }

    private static long sum(long[] numbers) {
        long sum = 0;
        for (long number : numbers) {
            sum += number;
        }
        return sum;
    }
}
