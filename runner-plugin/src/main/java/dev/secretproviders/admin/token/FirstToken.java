package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.PrivateFiles;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The token that the first start makes, for an admin, and leaves in a file: how an installation gets its first caller. */
public final class FirstToken {
    private static final String NAME = "first-admin";
    private static final String KEY = "meta/first-token";

    private final Store store;
    private final AuditLog audit;
    private final InstantSource clock;
    private final Path file;

    /**
     * A first token.
     *
     * @param file where its text is written, for the owner only
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
     * Makes it, where there is no token at all. Whoever writes the key makes it: two runners that start together make one.
     *
     * @return null if another runner has made it
     * @throws IOException if the file cannot be written; then there is no token
     */
    @Nullable
    Token create() throws StoreException, IOException {
        return write(null, Transaction.EMPTY.expecting(KEY, 0), EventCode.TOKEN_CREATE, Actor.RUNNER, null);
    }

    /**
     * Ends it and makes another in its place.
     *
     * @return null if somebody else changed it meanwhile
     * @throws IOException if the file cannot be written; then nothing is changed
     */
    @Nullable
    public Token reset(Actor by, @Nullable String requestId) throws StoreException, IOException {
        Stored known = store.get(KEY);
        Transaction change = Transaction.EMPTY.expecting(KEY, known == null ? 0 : known.revision());
        Token before = null;
        if (known != null) {
            String key = Token.PREFIX + new String(known.value(), StandardCharsets.US_ASCII);
            Stored stored = store.get(key);
            if (stored != null) {
                before = Token.read(stored);
                change = change.expecting(key, stored.revision()).delete(key);
            }
        }
        return write(before, change, EventCode.TOKEN_RESET, by, requestId);
    }

    private @Nullable Token write(
            @Nullable Token before, Transaction conditions, EventCode code, Actor by, @Nullable String requestId)
            throws StoreException, IOException {
        try (Secret secret = RandomSecrets.text(Token.SECRET_BYTES)) {
            Token.Terms terms = new Token.Terms(NAME, EnumSet.of(Role.ADMIN), Scope.ALL, null);
            Token token = Token.of(terms, by.name(), secret, clock.instant());
            Transaction change = conditions
                    .put(KEY, token.id().getBytes(StandardCharsets.US_ASCII))
                    .put(token.key(), token.stored());
            AuditEvent event = AuditEvent.done(code, by, token.key())
                    .in(requestId)
                    .changing(before == null ? null : before.shown(), token.shown());
            // Written first: a token that nobody can read would be worse than a file with a token that is not valid.
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

    private static void write(Path file, Secret text) throws IOException {
        Files.deleteIfExists(file);
        try (text;
                FileChannel channel = FileChannel.open(
                        file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PrivateFiles.FILE)) {
            ByteBuffer bytes = text.use(value -> ByteBuffer.wrap(value.clone()));
            while (bytes.hasRemaining()) {
                int _ = channel.write(bytes);
            }
            channel.force(true);
        }
    }
}
