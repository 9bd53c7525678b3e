package dev.secretproviders.migrate;

import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.migrate.Move.State;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.SecretReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Moves keys from the gateway into a secret manager, one object of the gateway at a time. The gateway loses a key only after the
 * manager has returned it. So there is no moment at which a key is in neither, and a migration that was killed can run again.
 *
 * <p>Not thread-safe.
 */
public final class Migration {
    /** So many objects in a row that fail for their own reasons are unlikely. */
    private static final int MOST_FAILURES = 3;

    private final GatewayConsumers gateway;
    private final Keys keys;
    private final Journal journal;
    private final Resolves runner;

    /** Has the runner that serves requests resolve a reference and keep it, so that no request waits for it later. */
    @FunctionalInterface
    public interface Resolves {
        /**
         * Returns why it does not, or null if it does.
         *
         * @param use what the runner will need of the secret
         */
        @Nullable
        String problem(SecretReference reference, Use use);
    }

    /**
     * Creates a migration.
     *
     * @param values reads secrets of the target
     * @param journal opened to write, unless only {@link #plan} is called
     * @param runner asked before the gateway gets a reference
     */
    public Migration(GatewayConsumers gateway, Target target, SecretValues values, Journal journal, Resolves runner) {
        this.gateway = gateway;
        this.keys = new Keys(target, values);
        this.journal = journal;
        this.runner = runner;
    }

    /**
     * Which keys are meant.
     *
     * @param kinds of which kinds
     * @param consumers whether a consumer is meant, by its name
     */
    public record Selection(Set<CredentialKind> kinds, Predicate<String> consumers) {
        public Selection {
            kinds = Set.copyOf(kinds);
        }
    }

    /** The objects of the gateway that hold keys. It holds the keys, too. */
    public static final class Found {
        private final Set<CredentialKind> wanted;
        private final List<Labelled> objects;

        private Found(Set<CredentialKind> wanted, List<Labelled> objects) {
            this.wanted = wanted;
            this.objects = objects;
        }

        /** Returns of which kinds there are keys. */
        public Set<CredentialKind> kinds() {
            Set<CredentialKind> kinds = EnumSet.noneOf(CredentialKind.class);
            for (Labelled object : objects) {
                KeyField.literals(object.object().value(), wanted).forEach(field -> kinds.add(field.kind()));
            }
            return kinds;
        }
    }

    /**
     * Shows what {@link #apply} would do. Reads only.
     *
     * @param done told of each key
     * @throws AdminApiException if the gateway cannot be read, or several keys in a row cannot be compared
     */
    public void plan(Found found, Consumer<Move> done) throws AdminApiException, InterruptedException {
        Failures failures = new Failures(done);
        for (Labelled object : found.objects) {
            List<Move> moves = new ArrayList<>();
            for (KeyField field : KeyField.literals(object.object().value(), found.wanted)) {
                moves.add(keys.look(object.object(), field, object.labels()));
            }
            failures.take(moves);
        }
    }

    /**
     * Moves the keys.
     *
     * @param found where they are; each object is read again before it is changed
     * @param done told of each key when nothing more happens to it
     * @throws AdminApiException if the gateway cannot be read; what is moved stays moved
     * @throws IOException if the journal cannot be written
     */
    public void apply(Found found, Consumer<Move> done) throws AdminApiException, IOException, InterruptedException {
        Failures failures = new Failures(done);
        for (Labelled object : found.objects) {
            failures.take(moved(object, found.wanted));
        }
    }

    /** An object with the labels of its consumer. */
    private record Labelled(GatewayObject object, Map<String, String> labels) {}

    /** Reads the gateway. */
    public Found find(Selection selection) throws AdminApiException, InterruptedException {
        List<Labelled> objects = new ArrayList<>();
        Map<String, String> labels = Map.of();
        for (GatewayObject object : gateway.all(selection.consumers())) {
            if (object.place().credential() == null) {
                labels = new HashMap<>();
                for (var label : object.value().path("labels").properties()) {
                    labels.put(label.getKey(), label.getValue().asString(""));
                }
            }
            if (!KeyField.literals(object.value(), selection.kinds()).isEmpty()) {
                objects.add(new Labelled(object, Map.copyOf(labels)));
            }
        }
        return new Found(selection.kinds(), List.copyOf(objects));
    }

    /**
     * A key that the manager has.
     *
     * @param created whether it was brought there now
     */
    private record Held(KeyField field, SecretReference reference, boolean created) {}

    private List<Move> moved(Labelled labelled, Set<CredentialKind> kinds)
            throws AdminApiException, IOException, InterruptedException {
        Place place = labelled.object().place();
        // The list may be old by now.
        GatewayObject before = gateway.one(place);
        if (before == null) {
            return List.of();
        }
        List<Move> moves = new ArrayList<>();
        List<Held> held = new ArrayList<>();
        for (KeyField field : KeyField.literals(before.value(), kinds)) {
            Move move = keys.hold(before, field, labelled.labels(), () -> changedSince(before));
            String problem = move.state() == State.READY ? runnersProblem(move, field) : null;
            if (problem != null) {
                moves.add(new Move(move.object(), move.field(), move.reference(), State.FAILED, problem));
            } else if (move.state() == State.READY && move.reference() != null) {
                held.add(new Held(field, SecretReference.parse(move.reference()), move.note() == null));
            } else {
                moves.add(move);
            }
        }
        if (!held.isEmpty()) {
            moves.addAll(replaced(before, held));
        }
        return moves;
    }

    private @Nullable String runnersProblem(Move move, KeyField field) {
        String problem =
                move.reference() == null ? null : runner.problem(SecretReference.parse(move.reference()), field.use());
        return problem == null ? null : "the runner that serves requests does not resolve the reference: " + problem;
    }

    private List<Move> replaced(GatewayObject before, List<Held> held) throws IOException, InterruptedException {
        Place place = before.place();
        ObjectNode wanted = before.writable();
        held.forEach(key -> key.field().set(wanted, key.reference().toString()));
        String problem;
        boolean changed = false;
        try {
            problem = changedSince(before);
            changed = problem != null;
            if (problem == null) {
                for (Held key : held) {
                    journal.placing(place, key.field(), key.reference().toString());
                }
                problem = Writes.write(gateway, place, wanted);
            }
        } catch (AdminApiException e) {
            problem = String.valueOf(e.getMessage());
        }
        State state = problem == null ? State.MOVED : State.FAILED;
        List<Move> moves = new ArrayList<>();
        for (Held key : held) {
            String note = changed && key.created() ? problem + inTheWay(place, key.field()) : problem;
            moves.add(new Move(
                    place.toString(), key.field().path(), key.reference().toString(), state, note));
        }
        return moves;
    }

    private String inTheWay(Place place, KeyField field) {
        return ". If the key is another one now, remove the secret '" + keys.name(place, field)
                + "' before: it was created for the old key";
    }

    /**
     * Returns why an object must not be written, or null. The Admin API compares nothing at a {@code PUT}, so this look
     * is the last thing before it.
     */
    private @Nullable String changedSince(GatewayObject before) throws AdminApiException, InterruptedException {
        GatewayObject now = gateway.one(before.place());
        return now != null && now.sameAs(before)
                ? null
                : "another client changed it meanwhile, so it was left as it is; run the command again";
    }

    /** Shows what {@link #undo} would do. Reads only. */
    public void planUndo(Selection selection, Consumer<Move> done) throws AdminApiException, InterruptedException {
        undo().plan(selection, new Failures(done));
    }

    /** Puts the keys back, from the secret manager. The secrets stay there. */
    public void undo(Selection selection, Consumer<Move> done)
            throws AdminApiException, IOException, InterruptedException {
        undo().apply(selection, new Failures(done));
    }

    private Undo undo() {
        return new Undo(gateway, keys, journal);
    }

    /** Passes moves on, and stops after several objects in a row that failed. */
    static final class Failures {
        private final Consumer<Move> done;
        private int inARow;

        Failures(Consumer<Move> done) {
            this.done = done;
        }

        void take(List<Move> moves) throws AdminApiException {
            moves.forEach(done);
            if (moves.isEmpty()) {
                return;
            }
            boolean failed = moves.stream().anyMatch(move -> move.state() == State.FAILED);
            inARow = failed ? inARow + 1 : 0;
            if (inARow == MOST_FAILURES) {
                throw AdminApiException.unavailable(MOST_FAILURES
                        + " objects in a row failed, so the rest was not tried; mend what is said above and"
                        + " run the command again");
            }
        }
    }
}
