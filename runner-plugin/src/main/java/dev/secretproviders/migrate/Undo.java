package dev.secretproviders.migrate;

import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.migrate.Journal.Entry;
import dev.secretproviders.migrate.Migration.Failures;
import dev.secretproviders.migrate.Migration.Selection;
import dev.secretproviders.migrate.Move.State;
import dev.secretproviders.migrate.SecretValues.Reading;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Puts keys back into the gateway. It touches only references that the journal names and the gateway still has. */
final class Undo {
    private final GatewayConsumers gateway;
    private final Keys keys;
    private final Journal journal;

    Undo(GatewayConsumers gateway, Keys keys, Journal journal) {
        this.gateway = gateway;
        this.keys = keys;
        this.journal = journal;
    }

    void plan(Selection selection, Failures done) throws AdminApiException, InterruptedException {
        for (Map.Entry<Place, List<Entry>> object : objects(selection).entrySet()) {
            GatewayObject now = gateway.one(object.getKey());
            List<Move> moves = new ArrayList<>();
            for (Entry entry : object.getValue()) {
                try (Found found = look(now, entry)) {
                    moves.add(found.move());
                }
            }
            done.take(moves);
        }
    }

    void apply(Selection selection, Failures done) throws AdminApiException, IOException, InterruptedException {
        for (Map.Entry<Place, List<Entry>> object : objects(selection).entrySet()) {
            done.take(restored(object.getKey(), object.getValue()));
        }
    }

    private Map<Place, List<Entry>> objects(Selection selection) {
        Map<Place, List<Entry>> objects = new LinkedHashMap<>();
        for (Entry entry : journal.placed()) {
            if (selection.consumers().test(entry.place().username())
                    && selection.kinds().contains(entry.field().kind())) {
                objects.computeIfAbsent(entry.place(), _ -> new ArrayList<>()).add(entry);
            }
        }
        return objects;
    }

    /** What is known of a key before it is put back. The key is null if it is not put back. */
    private record Found(Entry entry, Move move, @Nullable Secret key) implements AutoCloseable {
        @Override
        public void close() {
            if (key != null) {
                key.close();
            }
        }
    }

    private Found look(@Nullable GatewayObject now, Entry entry) throws InterruptedException {
        String text = now == null ? null : entry.field().in(now.value());
        if (text == null) {
            return left(entry, State.RESTORED, "it is no longer in the gateway, so nothing is put back");
        }
        if (!text.equals(entry.reference())) {
            return left(
                    entry,
                    State.RESTORED,
                    SecretReference.isReference(text)
                            ? "it has another reference by now, so nothing is put back"
                            : "the gateway has a key here, so nothing is put back");
        }
        return switch (keys.read(SecretReference.parse(entry.reference()))) {
            case Reading.Value(Secret key) -> readable(entry, key);
            case Reading.Absent absent ->
                left(
                        entry,
                        State.FAILED,
                        "the manager has no such secret any more" + (absent.why() == null ? "" : ": " + absent.why()));
            case Reading.Unknown(String why) -> left(entry, State.FAILED, "the secret cannot be read: " + why);
        };
    }

    /** Takes the key, unless the gateway would take its text for something else. */
    private static Found readable(Entry entry, Secret key) {
        String unfit = Keys.unfitForGateway(key);
        if (unfit == null) {
            return new Found(entry, move(entry, State.READY, null), key);
        }
        key.close();
        return left(entry, State.LEFT, "it has this reference still: " + unfit);
    }

    private static Found left(Entry entry, State state, String note) {
        return new Found(entry, move(entry, state, note), null);
    }

    private static Move move(Entry entry, State state, @Nullable String note) {
        return new Move(entry.place().toString(), entry.field().path(), entry.reference(), state, note);
    }

    private List<Move> restored(Place place, List<Entry> entries)
            throws AdminApiException, IOException, InterruptedException {
        List<Move> moves = new ArrayList<>();
        List<Found> ready = new ArrayList<>();
        try {
            GatewayObject before = gateway.one(place);
            for (Entry entry : entries) {
                Found found = look(before, entry);
                if (found.key() == null) {
                    if (found.move().state() == State.RESTORED) {
                        journal.undone(place, entry.field());
                    }
                    moves.add(found.move());
                } else {
                    ready.add(found);
                }
            }
            if (!ready.isEmpty()) {
                moves.addAll(written(Objects.requireNonNull(before), ready));
            }
            return moves;
        } finally {
            ready.forEach(Found::close);
        }
    }

    private List<Move> written(GatewayObject before, List<Found> ready)
            throws AdminApiException, IOException, InterruptedException {
        ObjectNode wanted = before.writable();
        for (Found found : ready) {
            found.entry()
                    .field()
                    .set(wanted, Objects.requireNonNull(found.key()).reveal());
        }
        GatewayObject now = gateway.one(before.place());
        String problem = now == null || !now.sameAs(before)
                ? "another client changed it meanwhile, so it was left as it is; run the command again"
                : Writes.write(gateway, before.place(), wanted);
        List<Move> moves = new ArrayList<>();
        for (Found found : ready) {
            if (problem == null) {
                journal.undone(before.place(), found.entry().field());
            }
            moves.add(move(found.entry(), problem == null ? State.RESTORED : State.FAILED, problem));
        }
        return moves;
    }
}
