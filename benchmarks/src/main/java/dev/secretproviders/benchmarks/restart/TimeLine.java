package dev.secretproviders.benchmarks.restart;

import java.util.Locale;

/** Draws how long requests took, over the time. */
final class TimeLine {
    private static final double SLICE = 0.5;
    private static final double SECONDS = 8;
    private static final int WIDEST = 40;

    private TimeLine() {}

    /** Draws one line for each half second, from one second before the event to some seconds after it. */
    static String of(Steady.Answers answers) {
        double last = answers.all().isEmpty() ? 0 : answers.all().getLast().due();
        double event = last / 10;
        StringBuilder text = new StringBuilder();
        for (double from = event - 1; from < event + SECONDS; from += SLICE) {
            double begin = from;
            double longest = answers.all().stream()
                    .filter(answer -> answer.due() >= begin && answer.due() < begin + SLICE)
                    .mapToDouble(Steady.Answer::millis)
                    .max()
                    .orElse(0);
            long refused = answers.all().stream()
                    .filter(answer -> answer.due() >= begin && answer.due() < begin + SLICE && !answer.accepted())
                    .count();
            text.append(String.format(
                    Locale.ROOT,
                    "%5.1f s  %7.1f ms  %2d refused  %s%n",
                    from - event,
                    longest,
                    refused,
                    "#".repeat((int) Math.min(WIDEST, Math.ceil(longest)))));
        }
        return text.toString().stripTrailing();
    }
}
