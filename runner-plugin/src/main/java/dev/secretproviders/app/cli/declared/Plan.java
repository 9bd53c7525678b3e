package dev.secretproviders.app.cli.declared;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The changes that make a runner what a file says, in the order in which they are made.
 *
 * @param same how many objects are as the file says
 * @param unnamed objects that the runner has and the file does not, and that stay
 */
record Plan(List<Change> changes, int same, List<String> unnamed) {
    Plan {
        changes = List.copyOf(changes);
        unnamed = List.copyOf(unnamed);
    }

    /** Returns whether nothing differs. */
    boolean isEmpty() {
        return changes.isEmpty();
    }

    /** Returns the names of the providers that the plan creates. */
    Set<String> newProviders() {
        return changes.stream()
                .filter(change -> change.verb() == Verb.CREATE && change.kind() instanceof ProviderKind)
                .map(Change::name)
                .collect(Collectors.toSet());
    }

    /** Returns how many changes there are of one kind. */
    long count(Verb verb) {
        return changes.stream().filter(change -> change.verb() == verb).count();
    }

    /** Returns the plan as a tree, without secrets. */
    ObjectNode tree() {
        ObjectNode tree = JsonMapper.shared().createObjectNode();
        ArrayNode list = tree.putArray("changes");
        for (Change change : changes) {
            ObjectNode node = list.addObject()
                    .put("action", change.verb().toString())
                    .put("kind", change.kind().singular())
                    .put("name", change.name());
            ArrayNode fields = node.putArray("fields");
            change.differences()
                    .forEach(difference -> fields.addObject()
                            .put("field", difference.field())
                            .put("before", difference.before())
                            .put("after", difference.after()));
        }
        tree.put("same", same);
        unnamed.forEach(tree.putArray("not_in_the_file")::add);
        return tree;
    }
}
