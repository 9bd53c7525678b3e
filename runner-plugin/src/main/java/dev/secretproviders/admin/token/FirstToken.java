package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * The admin token that the first start creates and writes to a file, so that an installation has a first caller. The
 * token's own sealed record marks it as the first one. Write access to the store is therefore not enough to mark
 * another token.
 */
public final class FirstToken {
    private static final Logger LOG = LoggerFactory.getLogger(FirstToken.class);
    private static final String NAME = "first-admin";
    /** Where earlier versions kept the first token's id, neither sealed nor in the store's manifest. */
    private static final String POINTER = "meta/first-token";
    /** Each record takes at most two changes, including its part of the manifest. */
    private static final int MARKED_AT_ONCE = 40;

    private final Store store;
    private final AuditLog audit;
    private final InstantSource clock;
    private final Path file;

    /**
     * A first token.
     *
     * @param file the file for the token's text, readable by the owner only
     */
    public FirstToken(Store store, AuditLog audit, InstantSource clock, Path file) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
        this.file = file;
    }

    Path file() {
        return file;
    }

    /**
     * Migrates what an earlier version wrote. Marks in each token's record whether it is the first one, as that
     * version's pointer says, and removes the pointer. A record that has the mark already is left alone, whatever the
     * pointer says.
     */
    void takeOver() throws StoreException {
        for (int attempt = 0; attempt < Tokens.MOST_ATTEMPTS; attempt++) {
            Stored pointer = store.get(POINTER);
            List<Stored> unmarked = store.list(Token.PREFIX).entries().stream()
                    .filter(FirstToken::isFromEarlierVersion)
                    .limit(MARKED_AT_ONCE)
                    .toList();
            if (unmarked.isEmpty() && pointer == null) {
                return;
            }
            CommitResult _ = audit.commit(marking(unmarked, pointer), takingOver(unmarked, pointer));
            // More records may be left, or another runner is migrating, too.
        }
        throw new StoreException(
                "the tokens of an earlier version cannot be migrated, because other runners keep changing them; try again",
                null);
    }

    private static boolean isFromEarlierVersion(Stored entry) {
        ObjectNode fields = fields(entry);
        return fields != null && !fields.has(Token.FIRST);
    }

    private static Transaction marking(List<Stored> unmarked, @Nullable Stored pointer) {
        Transaction change = Transaction.EMPTY;
        for (Stored entry : unmarked) {
            ObjectNode node = Objects.requireNonNull(fields(entry), "checked before");
            node.put(Token.FIRST, entry.key().equals(first(pointer)));
            change = change.expecting(entry.key(), entry.revision())
                    .put(entry.key(), Json.MAPPER.writeValueAsBytes(node));
        }
        return pointer == null || unmarked.size() == MARKED_AT_ONCE
                ? change
                : change.expecting(POINTER, pointer.revision()).delete(POINTER);
    }

    private static AuditEvent takingOver(List<Stored> unmarked, @Nullable Stored pointer) {
        String first = first(pointer);
        boolean found = unmarked.stream().anyMatch(entry -> entry.key().equals(first));
        String message = unmarked.isEmpty()
                ? POINTER + " was removed and not followed: each token's record says whether it is the first one"
                : "the store was written by an earlier version; the records of " + unmarked.size()
                        + " tokens say now whether they are the first one: "
                        + (found ? first + " is" : "none of them is");
        return AuditEvent.done(EventCode.TOKEN_UPDATE, Actor.RUNNER, found && first != null ? first : "token")
                .withMessage(message);
    }

    /** Returns the key of the token that a pointer names. */
    private static @Nullable String first(@Nullable Stored pointer) {
        return pointer == null ? null : Token.PREFIX + new String(pointer.value(), StandardCharsets.US_ASCII);
    }

    private static @Nullable ObjectNode fields(Stored entry) {
        try {
            return Json.MAPPER.readTree(entry.value()) instanceof ObjectNode node ? node : null;
        } catch (JacksonException e) {
            // Not a token; logged when the table is read.
            return null;
        }
    }

    /**
     * Creates the first token if there is no token at all. Two runners that start together create only one.
     *
     * @return null if another runner has created one
     * @throws IOException if the file cannot be written; then there is no token
     */
    @Nullable
    Token create() throws StoreException, IOException {
        Transaction naming = naming();
        Listing tokens = store.list(Token.PREFIX);
        Token token = tokens.entries().isEmpty() && tokens.damaged().isEmpty()
                ? write(tokens, naming, EventCode.TOKEN_CREATE, Actor.RUNNER, null)
                : null;
        if (token != null) {
            LOG.info(
                    "the first admin token is in {}; make tokens of your own with it, then end it with DELETE"
                            + " /admin/tokens/{} and delete the file",
                    file,
                    token.id());
        }
        return token;
    }

    /**
     * Ends the first token and creates its replacement.
     *
     * @return null if another process changed it meanwhile
     * @throws IOException if the file cannot be written; then nothing is changed
     */
    @Nullable
    public Token reset(Actor by, @Nullable String requestId) throws StoreException, IOException {
        takeOver();
        Transaction naming = naming();
        return write(store.list(Token.PREFIX), naming, EventCode.TOKEN_RESET, by, requestId);
    }

    /** Begins a transaction that conflicts with any later one that names a token. Call it before reading the tokens. */
    private Transaction naming() throws StoreException {
        return Transaction.EMPTY.expecting(Tokens.NAMES, store.get(Tokens.NAMES));
    }

    private @Nullable Token write(
            Listing tokens, Transaction naming, EventCode code, Actor by, @Nullable String requestId)
            throws StoreException, IOException {
        List<Token> all = tokens.entries().stream()
                .map(Token::read)
                .filter(Objects::nonNull)
                .toList();
        try (Secret secret = RandomSecrets.text(Token.SECRET_BYTES)) {
            Token.Terms terms = new Token.Terms(name(all), EnumSet.of(Role.ADMIN), Scope.ALL, null);
            Token token = Token.of(terms, by.name(), secret, clock.instant()).asFirst();
            Transaction change = naming.put(Tokens.NAMES, token.id().getBytes(StandardCharsets.US_ASCII))
                    .put(token.key(), token.stored());
            Token before = null;
            for (Token each : all) {
                if (each.first()) {
                    before = each;
                    change = change.expecting(each.key(), each.revision()).delete(each.key());
                }
            }
            AuditEvent event = AuditEvent.done(code, by, token.key())
                    .in(requestId)
                    .changing(before == null ? null : before.shown(), token.shown())
                    .withMessage(
                            tokens.damaged().isEmpty()
                                    ? null
                                    : "not looked at, since they are refused: " + String.join(", ", tokens.damaged()));
            // Written first: a file with an invalid token is better than a valid token whose text is lost.
            Path next = file.resolveSibling(file.getFileName() + ".next");
            write(next, Token.text(token.id(), secret));
            boolean written = false;
            try {
                if (!(audit.commit(change, event) instanceof CommitResult.Committed(long revision))) {
                    return null;
                }
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
                written = true;
                return token.at(revision);
            } finally {
                if (!written) {
                    Files.deleteIfExists(next);
                }
            }
        }
    }

    /** Returns a name that no other token has. First tokens do not count, since the same change ends them. */
    private static String name(List<Token> all) {
        String name = NAME;
        for (int number = 2; isTaken(name, all); number++) {
            name = NAME + "-" + number;
        }
        return name;
    }

    private static boolean isTaken(String name, List<Token> all) {
        return all.stream().anyMatch(token -> !token.first() && token.name().equalsIgnoreCase(name));
    }

    private static void write(Path file, Secret text) throws IOException {
        Files.deleteIfExists(file);
        try (text) {
            PrivateFiles.create(file, text.use(byte[]::clone));
        }
    }
}
