package dev.secretproviders.admin.finding;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All that should not be as it is, from everything that looks for some of it. Thread-safe; answers from memory. */
public final class Findings {
    private static final Comparator<Finding> ORDER =
            Comparator.comparing(Finding::kind).thenComparing(finding -> String.join(",", finding.subjects()));

    private final List<FindingSource> sources;

    public Findings(List<FindingSource> sources) {
        this.sources = List.copyOf(sources);
    }

    /** Returns them by kind, then by what they are about. */
    public List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        sources.forEach(source -> source.find(findings::add));
        findings.sort(ORDER);
        return findings;
    }

    /** Returns how many there are of each kind, also where there is none. */
    public Map<String, Integer> counts() {
        Map<Finding.Kind, Integer> counts = new EnumMap<>(Finding.Kind.class);
        for (Finding.Kind kind : Finding.Kind.values()) {
            counts.put(kind, 0);
        }
        sources.forEach(source -> source.find(finding -> counts.merge(finding.kind(), 1, Integer::sum)));
        Map<String, Integer> named = new TreeMap<>();
        counts.forEach((kind, count) -> named.put(kind.text(), count));
        return named;
    }
}
