package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.ListWatch;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens of the Admin API. A token's text, {@code sp_<id>_<secret>}, is shown only when it is created; the store
 * keeps a salted hash. The table in memory follows the store, so that a token created or deleted on another runner
 * takes effect here within a second.
 *
 * <p>Thread-safe. Everything but {@link #find} and {@link #all} blocks for I/O.
 */
public final class Tokens implements AutoCloseable {
    /** Written in each transaction that names a token, so that two of them conflict. */
    static final String NAMES = "meta/token-names";

    /** Limits how often a change is retried while other runners change tokens. */
    static final int MOST_ATTEMPTS = 60;

    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
    /** Valid ids, also for records that something other than a runner put into the store. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private static final Pattern TEXT = Pattern.compile("sp_([a-z0-9]{12})_([A-Za-z0-9_-]{43})");

    private final Store store;
    private final AuditLog audit;
    private final InstantSource clock;
    private final Map<String, Token> table = new ConcurrentSkipListMap<>();
    private final Map<String, Instant> lastUsed = new ConcurrentHashMap<>();
    private @Nullable ListWatch watch;
    private @Nullable FirstToken firstToken;

    /** A token that was just created; the caller closes its text. */
    record Created(Token token, Secret text) {}

    /** Creates an empty table; {@link #start} reads the store. */
    public Tokens(Store store, AuditLog audit, InstantSource clock) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Reads the table and follows the store. If there is no token at all, creates the first one, for an admin.
     *
     * @param file the file to write the first token's text to, readable by its owner only
     * @throws IOException if the file cannot be written
     */
    public void start(Path file) throws StoreException, IOException {
        firstToken = new FirstToken(store, audit, clock, file);
        try {
            firstToken.takeOver();
        } catch (DamagedEntryException e) {
            // The store cannot be written now, but its tokens are still valid.
            LOG.warn("the store of an earlier version cannot be migrated now: {}", e.getMessage());
        }
        AtomicBoolean none = new AtomicBoolean();
        watch = ListWatch.start(store, Range.prefix(Token.PREFIX), new ListWatch.Listener() {
            @Override
            public void listed(Listing listing) {
                none.set(listing.entries().isEmpty() && listing.damaged().isEmpty());
                takeOver(listing);
            }

            @Override
            public void restarted() {
                table.replaceAll((_, known) -> known.at(0));
            }

            @Override
            public void changed(List<Store.Change> changes) {
                for (Store.Change change : changes) {
                    Stored entry = change.entry();
                    if (entry == null) {
                        table.remove(change.key().substring(Token.PREFIX.length()));
                    } else {
                        take(entry);
                    }
                }
            }

            @Override
            public void damaged(String key) {
                table.remove(key.substring(Token.PREFIX.length()));
            }

            @Override
            public void unreadable(StoreException cause) {
                // A token that was deleted meanwhile must not stay valid because the store cannot be read.
                LOG.warn("tokens cannot be read from the store, so none is accepted: {}", cause.getMessage());
                table.clear();
            }
        });
        Token first = none.get() ? firstToken.create() : null;
        if (first != null) {
            table.put(first.id(), first);
        }
    }

    /**
     * Ends the first token and creates its replacement.
     *
     * @return the file with its text
     * @throws IOException if the file cannot be written; then nothing is changed
     */
    Path resetFirst(Caller by, String requestId) throws StoreException, IOException {
        FirstToken first = Objects.requireNonNull(firstToken, "tokens are available after start");
        Token token = first.reset(by.actor(), requestId);
        if (token == null) {
            throw new AdminProblemException(409, "the first token was changed meanwhile; try again");
        }
        table.put(token.id(), token);
        Objects.requireNonNull(watch, "tokens are available after start").listAgain();
        return first.file();
    }

    /** Returns the caller that a presented token belongs to, or null if it is unknown, wrong or expired. */
    @Nullable
    Caller find(Secret presented, String source, String address) {
        Matcher matcher = TEXT.matcher(presented.reveal());
        if (!matcher.matches()) {
            return null;
        }
        Token token = table.get(matcher.group(1));
        try (Secret secret = Secret.ofUtf8(matcher.group(2))) {
            return token == null || !token.hash().matches(secret) ? null : known(token.id(), source, address, true);
        }
    }

    /**
     * Returns the caller that a token belongs to whose text was presented before, or null if it ended meanwhile.
     *
     * @param use whether it counts as a use of the token
     */
    @Nullable
    Caller known(String id, String source, String address, boolean use) {
        Token token = table.get(id);
        Instant now = clock.instant();
        if (token == null || token.expired(now)) {
            return null;
        }
        if (use) {
            lastUsed.put(id, now.truncatedTo(ChronoUnit.SECONDS));
        }
        return new Caller(new Actor(id, token.name(), source, address), token.roles(), token.scope());
    }

    List<Token> all() {
        return List.copyOf(table.values());
    }

    @Nullable
    Token get(String id) {
        return table.get(id);
    }

    /** Returns when a token was last used on this runner since it started, or null. */
    @Nullable
    Instant lastUsed(String id) {
        return lastUsed.get(id);
    }

    /** Creates a token, or throws 409 if another one has the name. */
    Created create(Token.Terms terms, Caller by, String requestId) throws StoreException {
        try (Secret secret = RandomSecrets.text(Token.SECRET_BYTES)) {
            Token token = Token.of(terms, by.actor().name(), secret, clock.instant());
            AuditEvent event = AuditEvent.done(EventCode.TOKEN_CREATE, by.actor(), token.key())
                    .in(requestId)
                    .changing(null, token.shown());
            Transaction change = Transaction.EMPTY.expecting(token.key(), 0).put(token.key(), token.stored());
            Token written = token.at(alone(token, true, false, change, event));
            table.put(token.id(), written);
            return new Created(written, Token.text(token.id(), secret));
        }
    }

    /**
     * Changes a token's name, roles, scope or expiry; its secret stays the same.
     *
     * @throws AdminProblemException 409 if another one has the name, or if no lasting admin token would be left
     */
    Token update(Token before, Token after, Caller by, String requestId) throws StoreException {
        AuditEvent event = AuditEvent.done(EventCode.TOKEN_UPDATE, by.actor(), before.key())
                .in(requestId)
                .changing(before.shown(), after.shown());
        Transaction change =
                Transaction.EMPTY.expecting(before.key(), before.revision()).put(before.key(), after.stored());
        boolean named = !after.name().equals(before.name());
        boolean ends = before.isLastingAdmin() && !after.isLastingAdmin();
        Token written = after.at(named || ends ? alone(after, named, ends, change, event) : committed(change, event));
        table.put(before.id(), written);
        return written;
    }

    /**
     * Makes a change that depends on all other tokens. The change gives a name, which must be unique because the audit
     * log and answers show tokens by name. Or it ends a lasting admin token, of which one must be left. Each such
     * change writes {@code meta/token-names}, so that only one of two concurrent changes succeeds, even on two runners.
     *
     * @param token the token after the change, or before its deletion
     * @return the revision
     */
    private long alone(Token token, boolean named, boolean endsAdmin, Transaction change, AuditEvent event)
            throws StoreException {
        synchronized (NAMES) {
            for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
                CommitResult result = audit.commit(withConditions(token, named, endsAdmin, change), event);
                if (result instanceof CommitResult.Committed(long revision)) {
                    return revision;
                }
                if (result instanceof CommitResult.Conflict(Set<String> keys) && !keys.equals(Set.of(NAMES))) {
                    break;
                }
                // Another runner made such a change at this moment.
            }
            throw concurrentChange();
        }
    }

    private Transaction withConditions(Token token, boolean named, boolean endsAdmin, Transaction change)
            throws StoreException {
        Stored names = store.get(NAMES);
        boolean admin = false;
        for (Stored entry : store.list(Token.PREFIX).entries()) {
            if (entry.key().equals(token.key())) {
                continue;
            }
            if (named && Token.nameOf(entry).equalsIgnoreCase(token.name())) {
                throw new AdminProblemException(409, "name: another token has this name; choose another name");
            }
            Token other = Token.read(entry);
            admin |= other != null && other.isLastingAdmin();
        }
        if (endsAdmin && !admin) {
            throw new AdminProblemException(
                    409, "it is the last admin token that never ends; create another one first");
        }
        return change.expecting(NAMES, names).put(NAMES, token.id().getBytes(StandardCharsets.US_ASCII));
    }

    private long committed(Transaction change, AuditEvent event) throws StoreException {
        if (audit.commit(change, event) instanceof CommitResult.Committed(long revision)) {
            return revision;
        }
        throw concurrentChange();
    }

    private static AdminProblemException concurrentChange() {
        return new AdminProblemException(412, "other tokens were changed at the same moment; try again");
    }

    /**
     * Ends a token.
     *
     * @throws AdminProblemException 409 if it is the last lasting admin token
     */
    void delete(Token token, Caller by, String requestId) throws StoreException {
        AuditEvent event = AuditEvent.done(EventCode.TOKEN_DELETE, by.actor(), token.key())
                .in(requestId)
                .changing(token.shown(), null);
        Transaction change =
                Transaction.EMPTY.expecting(token.key(), token.revision()).delete(token.key());
        long _ = token.isLastingAdmin() ? alone(token, false, true, change, event) : committed(change, event);
        table.remove(token.id());
    }

    /**
     * Deletes a token's record that is refused because it is not what a runner wrote last.
     *
     * @return whether there was such a record
     */
    boolean deleteRefused(String id, Caller by, String requestId) throws StoreException {
        if (!ID.matcher(id).matches()) {
            return false;
        }
        try {
            Stored _ = store.get(Token.PREFIX + id);
            return false;
        } catch (DamagedEntryException e) {
            AuditEvent event = AuditEvent.done(EventCode.TOKEN_DELETE, by.actor(), Token.PREFIX + id)
                    .in(requestId)
                    .withMessage("its record was refused: " + e.getMessage());
            long _ = committed(
                    Transaction.EMPTY.expecting(Token.PREFIX + id, e.revision()).delete(Token.PREFIX + id), event);
            return true;
        }
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
    }

    private void takeOver(Listing listing) {
        Map<String, Stored> now = new LinkedHashMap<>();
        listing.entries().forEach(entry -> now.put(entry.key().substring(Token.PREFIX.length()), entry));
        table.keySet().retainAll(now.keySet());
        now.values().forEach(this::take);
        listing.damaged().forEach(key -> LOG.error("{} in the store is damaged; that token is refused", key));
    }

    private void take(Stored stored) {
        Token token = Token.read(stored);
        if (token == null) {
            LOG.error("{} in the store is not a token; it is refused", stored.key());
            table.remove(stored.key().substring(Token.PREFIX.length()));
        } else {
            // A watch may report this runner's own latest write after it, or an older record. The newer one wins.
            table.merge(token.id(), token, (known, read) -> read.revision() >= known.revision() ? read : known);
        }
    }
}
