package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.declared.DeclaredFile.Declared;
import dev.secretproviders.app.cli.declared.ObjectKind.Existing;
import dev.secretproviders.app.cli.declared.ObjectKind.Shown;
import dev.secretproviders.app.cli.document.DocumentException;
import dev.secretproviders.app.cli.document.Written;
import dev.secretproviders.app.control.CannotStartException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** Compares a file with a runner. Reads only. */
final class Planner {
    private final DeclaredFile file;
    private final boolean prune;
    private final List<Change> writes = new ArrayList<>();
    private final List<Change> deletions = new ArrayList<>();
    private final List<String> unnamed = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private int same;

    private Planner(DeclaredFile file, boolean prune) {
        this.file = file;
        this.prune = prune;
    }

    /** Returns all kinds of objects of a runner, in the order in which they are written: each may refer to those before. */
    static List<ObjectKind> kinds(AdminConnection connection) {
        return List.of(new ProviderKind(connection), new CertificateKind(connection), new TokenKind(connection));
    }

    /**
     * Returns the plan.
     *
     * @param prune whether objects that the file does not name are deleted, in the sections that it has
     * @throws DocumentException if the file cannot be written to this runner
     */
    static Plan plan(AdminConnection connection, DeclaredFile file, boolean prune)
            throws CannotStartException, DocumentException {
        Planner planner = new Planner(file, prune);
        for (ObjectKind kind : kinds(connection)) {
            if (file.has(kind.section())) {
                planner.compare(kind);
            }
        }
        if (!planner.problems.isEmpty()) {
            throw new DocumentException(planner.problems);
        }
        List<Change> all = ordered(planner.writes);
        // Each before those that it refers to.
        all.addAll(ordered(planner.deletions).reversed());
        return new Plan(all, planner.same, planner.unnamed);
    }

    private void compare(ObjectKind kind) throws CannotStartException {
        Map<String, Existing> existing = kind.existing();
        Map<String, Declared> declared = file.objects(kind.section());
        for (Map.Entry<String, Declared> entry : declared.entrySet()) {
            String name = entry.getKey();
            Existing known = existing.get(name);
            String problem = known == null ? kind.problemOfName(name) : known.kept();
            if (problem != null) {
                problems.add(entry.getValue().place() + ": " + kind.singular() + " " + name + ": " + problem);
            } else if (known == null) {
                create(kind, name, entry.getValue());
            } else {
                update(kind, name, known, entry.getValue());
            }
        }
        for (Map.Entry<String, Existing> entry : existing.entrySet()) {
            if (declared.containsKey(entry.getKey()) || entry.getValue().alwaysThere()) {
                continue;
            }
            if (prune) {
                Shown shown = kind.read(entry.getKey(), entry.getValue());
                deletions.add(new Change(
                        Verb.DELETE,
                        kind,
                        entry.getKey(),
                        entry.getValue().path(),
                        shown.etag(),
                        shown.fields(),
                        List.of(),
                        Written.NOWHERE));
            } else {
                unnamed.add(kind.singular() + " " + entry.getKey());
            }
        }
    }

    private void create(ObjectKind kind, String name, Declared declared) throws CannotStartException {
        ObjectNode fields = declared.fields();
        if (Differences.holdsMask(fields)) {
            problems.add(
                    declared.place() + ": " + kind.singular() + " " + name + ": has *** in place of a secret that the"
                            + " runner does not have; write a reference, or ${{NAME}} for a variable of this process");
            return;
        }
        List<FieldChange> differences =
                Differences.between(MissingNode.getInstance(), fields, declared.written(), kind.secrets(name));
        writes.add(new Change(Verb.CREATE, kind, name, kind.path(name), null, fields, differences, declared.written()));
    }

    private void update(ObjectKind kind, String name, Existing known, Declared declared) throws CannotStartException {
        Shown shown = kind.read(name, known);
        List<FieldChange> differences = Differences.between(
                kind.normal(shown.fields()), kind.normal(declared.fields()), declared.written(), kind.secrets(name));
        if (differences.isEmpty()) {
            same++;
        } else {
            writes.add(new Change(
                    Verb.UPDATE,
                    kind,
                    name,
                    known.path(),
                    shown.etag(),
                    declared.fields(),
                    differences,
                    declared.written()));
        }
    }

    /** Returns the changes, each after those whose provider its fields refer to. */
    private static List<Change> ordered(List<Change> changes) {
        Map<String, Change> providers = new LinkedHashMap<>();
        changes.stream()
                .filter(change -> change.kind() instanceof ProviderKind)
                .forEach(change -> providers.put(change.name(), change));
        Set<Change> ordered = new LinkedHashSet<>();
        changes.forEach(change -> add(change, providers, new LinkedHashSet<>(), ordered));
        return new ArrayList<>(ordered);
    }

    private static void add(Change change, Map<String, Change> providers, Set<Change> above, Set<Change> ordered) {
        // The Admin API refuses a circle.
        if (ordered.contains(change) || !above.add(change)) {
            return;
        }
        for (String name : change.referred()) {
            Change needed = providers.get(name);
            if (needed != null) {
                add(needed, providers, above, ordered);
            }
        }
        ordered.add(change);
    }
}
