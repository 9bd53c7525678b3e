package dev.secretproviders.migrate;

import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.apisix.GatewayOwner;
import dev.secretproviders.crypto.KeyHashes;
import dev.secretproviders.migrate.Move.State;
import dev.secretproviders.migrate.SecretValues.Reading;
import dev.secretproviders.migrate.Target.UnfitException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Brings single keys to the secret manager, and compares them in constant time. */
final class Keys {
    private static final String THERE = "the secret is there already, with this value";

    private final Target target;
    private final SecretValues values;

    Keys(Target target, SecretValues values) {
        this.target = target;
        this.values = values;
    }

    /** The last look at the gateway before a secret is created. */
    @FunctionalInterface
    interface LastLook {
        /** Returns why no secret may be created, or null. */
        @Nullable
        String problem() throws AdminApiException, InterruptedException;
    }

    /** Returns whether a key can move. Writes nothing. */
    Move look(GatewayObject object, KeyField field, Map<String, String> labels)
            throws AdminApiException, InterruptedException {
        return handle(object, field, labels, null);
    }

    /**
     * Brings a key to the manager and reads it back. Returns {@code READY} if the manager returns the key, without a
     * note if the secret was created now.
     */
    Move hold(GatewayObject object, KeyField field, Map<String, String> labels, LastLook look)
            throws AdminApiException, InterruptedException {
        return handle(object, field, labels, look);
    }

    /** @param look null to write nothing */
    private Move handle(GatewayObject object, KeyField field, Map<String, String> labels, @Nullable LastLook look)
            throws AdminApiException, InterruptedException {
        try (Secret key = Secret.ofUtf8(Objects.requireNonNull(field.in(object.value())))) {
            String unfit = unfit(object, field, key, labels);
            if (unfit != null) {
                return move(object, field, null, State.LEFT, unfit);
            }
            SecretReference reference = target.reference(object.place(), field, labels);
            return switch (compare(reference, key)) {
                case Comparison.Same() -> move(object, field, reference, State.READY, THERE);
                case Comparison.Other() ->
                    move(
                            object,
                            field,
                            reference,
                            State.LEFT,
                            "the secret '" + target.name(object.place(), field) + "' is there already, with another"
                                    + " value; remove it if nothing uses it, or choose another --folder");
                case Comparison.Unknown(String why) -> move(object, field, reference, State.FAILED, why);
                case Comparison.None() -> {
                    String problem = look == null ? null : look.problem();
                    yield look == null
                            ? move(object, field, reference, State.READY, null)
                            : problem != null
                                    ? move(object, field, reference, State.FAILED, problem)
                                    : created(object, field, reference, key);
                }
            };
        } catch (UnfitException e) {
            return move(object, field, null, State.LEFT, e.getMessage());
        }
    }

    private Move created(GatewayObject object, KeyField field, SecretReference reference, Secret key)
            throws InterruptedException {
        SecretWriter.Outcome outcome;
        try {
            outcome = target.writer().create(target.name(object.place(), field), field.name(), key);
        } catch (ProviderException e) {
            return move(object, field, reference, State.FAILED, "the secret was not created: " + e.getMessage());
        }
        return switch (compare(reference, key)) {
            case Comparison.Same() -> move(object, field, reference, State.READY, null);
            case Comparison.Other() ->
                move(
                        object,
                        field,
                        reference,
                        State.FAILED,
                        "the manager returns another value than the key; another client wrote the secret");
            case Comparison.None() ->
                move(
                        object,
                        field,
                        reference,
                        State.FAILED,
                        outcome == SecretWriter.Outcome.EXISTS
                                ? "there is, or was, a secret of this name without this field; remove all its versions, or"
                                        + " choose another --folder"
                                : "the secret was created, and the provider does not find it; it must read where it"
                                        + " writes");
            case Comparison.Unknown(String why) ->
                move(object, field, reference, State.FAILED, "the secret cannot be read back: " + why);
        };
    }

    /** How a secret compares with a key. */
    private sealed interface Comparison {
        record Same() implements Comparison {}

        record Other() implements Comparison {}

        record None() implements Comparison {}

        record Unknown(String why) implements Comparison {}
    }

    private Comparison compare(SecretReference reference, Secret key) throws InterruptedException {
        return switch (values.read(reference)) {
            case Reading.Value(Secret value) -> {
                try (value) {
                    yield value.matches(key) ? new Comparison.Same() : new Comparison.Other();
                }
            }
            case Reading.Absent _ -> new Comparison.None();
            case Reading.Unknown(String why) -> new Comparison.Unknown(why);
        };
    }

    /** Returns the name of the secret for a key. */
    String name(Place place, KeyField field) {
        return target.name(place, field);
    }

    /** Reads the key behind a reference, to put it back. */
    Reading read(SecretReference reference) throws InterruptedException {
        return values.read(reference);
    }

    /** Returns why a key must stay where it is, or null. */
    private static @Nullable String unfit(
            GatewayObject object, KeyField field, Secret key, Map<String, String> labels) {
        String owner = GatewayOwner.of("it", object.value());
        if (owner == null) {
            // The Ingress Controller and ADC put labels on consumers, and none on credentials.
            owner = GatewayOwner.of("its consumer", labels);
        }
        if (owner != null) {
            return owner + ", and would write the key again. Write the reference there: into the resource or the file";
        }
        String text = Objects.requireNonNull(field.in(object.value()));
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            return "the key is not well-formed Unicode, so it would not stay the same";
        }
        return KeyHashes.isHash(key)
                ? "the key has the form of a hash; behind a reference it would stand for the key that it is the hash of"
                : null;
    }

    /** Returns why the text of a secret must not become a key in the gateway, or null. */
    static @Nullable String unfitForGateway(Secret key) {
        if (key.length() == 0) {
            return "the secret is empty";
        }
        if (KeyHashes.isHash(key)) {
            return "the secret is a hash, and the gateway would take the hash for the key; write the key itself into"
                    + " the gateway";
        }
        if (!key.use(Keys::isUtf8)) {
            return "the secret is not text in UTF-8, so it would not stay the same";
        }
        return key.use(bytes -> SecretReference.isReference(bytes, 0, bytes.length))
                ? "the secret is itself a reference, which the gateway would resolve"
                : null;
    }

    private static boolean isUtf8(byte[] bytes) {
        CharBuffer text = null;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        } finally {
            if (text != null) {
                Arrays.fill(text.array(), '\0');
            }
        }
    }

    private static Move move(
            GatewayObject object,
            KeyField field,
            @Nullable SecretReference reference,
            State state,
            @Nullable String note) {
        return new Move(
                object.place().toString(), field.path(), reference == null ? null : reference.toString(), state, note);
    }
}
