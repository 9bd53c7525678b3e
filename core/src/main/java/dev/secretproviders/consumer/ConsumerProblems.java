package dev.secretproviders.consumer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is wrong with the objects of a {@link ConsumerTable}, by their places. Not thread-safe. */
final class ConsumerProblems {
    private static final int TOLD_ONE_BY_ONE = 3;

    private final Map<String, List<CredentialReader.Problem>> problems = new TreeMap<>();
    /** The list for users, while it is right. */
    private @Nullable List<ConsumerProblem> told = List.of();

    /** Replaces the problems of one object; those without a field are about the whole object. */
    void of(String place, List<CredentialReader.Problem> some) {
        boolean changed = some.isEmpty() ? problems.remove(place) != null : !some.equals(problems.put(place, some));
        if (changed) {
            told = null;
        }
    }

    /**
     * Returns all problems, for users.
     *
     * @param orphans the names of the consumers that have credentials, but are not there
     */
    List<ConsumerProblem> told(Collection<String> orphans) {
        List<ConsumerProblem> right = told;
        if (right == null) {
            right = list(orphans);
            told = right;
        }
        return right;
    }

    /** Tells that there are other orphans. */
    void orphansChanged() {
        told = null;
    }

    private List<ConsumerProblem> list(Collection<String> orphans) {
        List<ConsumerProblem> all = new ArrayList<>();
        Map<String, List<String>> undecryptable = new TreeMap<>();
        problems.forEach((place, some) -> {
            for (CredentialReader.Problem problem : some) {
                if (problem.text().equals(CredentialReader.UNDECRYPTABLE)) {
                    undecryptable
                            .computeIfAbsent(problem.field(), absent -> new ArrayList<>())
                            .add(place);
                } else {
                    String field = problem.field().isEmpty() ? "" : problem.field() + ": ";
                    all.add(problem(place, field + problem.text()));
                }
            }
        });
        orphans.forEach(username ->
                all.add(problem(username + "/credentials", "there is no consumer '" + username + "'; create it")));
        undecryptable.forEach((field, places) -> addUndecryptable(field, places, all));
        return List.copyOf(all);
    }

    /** Reports credentials that the keyring cannot decrypt as one problem, even if there are thousands. */
    private static void addUndecryptable(String field, List<String> places, List<ConsumerProblem> all) {
        String problem = field + ": " + CredentialReader.UNDECRYPTABLE;
        if (places.size() <= TOLD_ONE_BY_ONE) {
            places.forEach(place -> all.add(problem(place, problem)));
        } else {
            String some = String.join(", ", places.subList(0, TOLD_ONE_BY_ONE));
            all.add(new ConsumerProblem(
                    "consumers",
                    field + " of " + places.size() + " of them (" + some + ", ...): " + CredentialReader.UNDECRYPTABLE,
                    places.size()));
        }
    }

    private static ConsumerProblem problem(String place, String problem) {
        return new ConsumerProblem("consumers/" + place, problem);
    }
}
