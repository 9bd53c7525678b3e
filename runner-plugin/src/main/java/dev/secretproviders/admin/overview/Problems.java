package dev.secretproviders.admin.overview;

import dev.secretproviders.admin.finding.Finding;
import dev.secretproviders.admin.finding.Findings.Found;
import dev.secretproviders.admin.finding.Urgency;
import dev.secretproviders.admin.rest.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is wrong now, the most urgent and oldest first. Findings of one kind are one problem, so that one cause with a
 * thousand effects does not hide the others. Immutable.
 */
final class Problems {
    private static final int MOST_SUBJECTS = 5;

    private final List<Problem> all;

    /**
     * One problem.
     *
     * @param urgency how soon an operator should act
     * @param what what is wrong; for several findings, that of the oldest
     * @param since since when the oldest is there
     * @param subjects the objects concerned
     */
    private record Problem(
            String kind, Urgency urgency, String what, String remedy, Instant since, List<String> subjects) {}

    private Problems(List<Problem> all) {
        this.all = all;
    }

    static Problems of(List<Found> found, List<Condition> conditions) {
        Map<Finding.Kind, List<Found>> kinds = new LinkedHashMap<>();
        found.forEach(one -> kinds.computeIfAbsent(one.finding().kind(), absent -> new ArrayList<>())
                .add(one));
        List<Problem> all = new ArrayList<>();
        kinds.forEach((kind, some) -> {
            Found oldest = some.stream().min(Comparator.comparing(Found::since)).orElseThrow();
            List<Found> ordered =
                    some.stream().sorted(Comparator.comparing(Found::since)).toList();
            all.add(new Problem(
                    lower(kind),
                    kind.urgency(),
                    oldest.finding().message(),
                    kind.remedy(),
                    oldest.since(),
                    ordered.stream()
                            .map(one -> one.finding().subjects().isEmpty()
                                    ? ""
                                    : one.finding().subjects().getFirst())
                            .toList()));
        });
        for (Condition condition : conditions) {
            all.add(new Problem(
                    lower(condition.kind()),
                    condition.kind().urgency(),
                    condition.what(),
                    condition.remedy(),
                    Objects.requireNonNull(condition.since()),
                    List.of(condition.subject())));
        }
        all.sort(Comparator.comparing(Problem::urgency).thenComparing(Problem::since));
        return new Problems(List.copyOf(all));
    }

    /** Adds the verdict and the list. */
    void addTo(ObjectNode node) {
        Urgency worst = all.isEmpty() ? null : all.getFirst().urgency();
        node.put("state", state(worst));
        Optional<Instant> since = all.stream()
                .filter(problem -> problem.urgency() == worst)
                .map(Problem::since)
                .min(Comparator.naturalOrder());
        Json.put(node, "since", worst == Urgency.NOTICE ? null : since.orElse(null));
        ArrayNode list = node.putArray("problems");
        for (Problem problem : all) {
            ObjectNode shown = list.addObject();
            shown.put("kind", problem.kind());
            shown.put("urgency", lower(problem.urgency()));
            shown.put("what", problem.what());
            shown.put("remedy", problem.remedy());
            Json.put(shown, "since", problem.since());
            shown.put("count", problem.subjects().size());
            ArrayNode subjects = shown.putArray("subjects");
            problem.subjects().stream()
                    .filter(subject -> !subject.isEmpty())
                    .limit(MOST_SUBJECTS)
                    .forEach(subjects::add);
        }
    }

    private static String state(@Nullable Urgency worst) {
        return switch (worst) {
            case null -> "well";
            case NOTICE -> "well";
            case WARNING -> "attention";
            case CRITICAL -> "failing";
        };
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
