package dev.secretproviders.admin.finding;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Collects the findings of all sources. Thread-safe; reads memory only. */
public final class Findings {
    private static final Comparator<Finding> ORDER =
            Comparator.comparing(Finding::kind).thenComparing(finding -> String.join(",", finding.subjects()));

    private final List<FindingSource> sources;

    /** Creates a collection of these sources. */
    public Findings(List<FindingSource> sources) {
        this.sources = List.copyOf(sources);
    }

    /** Returns all findings, ordered by kind, then by subjects. */
    public List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        sources.forEach(source -> source.find(findings::add));
        findings.sort(ORDER);
        return findings;
    }

    /** Returns the number of findings of each kind, including kinds with none. */
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
