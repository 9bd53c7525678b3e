package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.timing.LogIns;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a valid token. It logs in when a token is first needed. At two thirds of the token's life it renews the token
 * or logs in again, in the background. It starts over when Vault no longer accepts the token.
 *
 * <p>Thread-safe. At most one login runs at a time; while the token is valid, no caller waits for its renewal. A login
 * always runs to its end, even if its callers stop waiting. Otherwise a granted token could stay valid without an
 * owner.
 */
final class VaultSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VaultSession.class);
    private static final long PATIENCE_MILLIS = 400;
    private static final long MIN_WAIT_NANOS = Duration.ofMillis(200).toNanos();
    private static final long MAX_RETRY_NANOS = Duration.ofSeconds(30).toNanos();
    /** A token that could not be looked up may expire; the lookup is repeated after this time. */
    private static final long LOOKED_UP_AGAIN_NANOS = Duration.ofMinutes(5).toNanos();

    /**
     * A token in use.
     *
     * @param verified whether Vault confirmed the token; a token that cannot be looked up may be valid too
     * @param endsAt when it expires, by {@link System#nanoTime}; meaningless if its ttl is zero
     */
    record Lease(TokenGrant grant, boolean verified, long endsAt) {
        Secret token() {
            return grant.token();
        }

        boolean endless() {
            return grant.ttl().isZero();
        }

        boolean ended() {
            return !endless() && remaining() <= 0;
        }

        long remaining() {
            return endsAt - System.nanoTime();
        }
    }

    private final ProviderId id;
    private final VaultClient client;
    private final VaultLogin login;
    private final LoginRunner runner;
    private final ReentrantLock changing = new ReentrantLock();
    private final ScheduledThreadPoolExecutor keeper;
    private final Object joining = new Object();
    private @Nullable CompletableFuture<Lease> running;
    private volatile @Nullable Lease lease;
    private volatile boolean closed;
    private volatile @Nullable String warning;

    VaultSession(ProviderId id, VaultClient client, VaultLogin login) {
        this.id = id;
        this.client = client;
        this.login = login;
        this.runner = new LoginRunner(client);
        this.keeper = new ScheduledThreadPoolExecutor(
                1, Thread.ofVirtual().name("vault-token " + id).factory());
        keeper.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Returns a token that is valid as far as known. Interruptible; the login continues for later callers. */
    Lease lease() throws ProviderException, InterruptedException {
        Lease now = lease;
        if (now != null && !now.ended()) {
            return now;
        }
        try (LogIns.Begun login = LogIns.begin()) {
            Lease fresh = loggingIn().get();
            login.succeed();
            return fresh;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ProviderException cause) {
                throw cause;
            }
            throw new IllegalStateException("a login ended unexpectedly", e.getCause());
        }
    }

    /** Joins the running login, or begins one. */
    private CompletableFuture<Lease> loggingIn() {
        synchronized (joining) {
            CompletableFuture<Lease> joined = running;
            if (joined == null || joined.isDone()) {
                CompletableFuture<Lease> begun = new CompletableFuture<>();
                Thread.ofVirtual().name("vault-login " + id).start(() -> logInFor(begun));
                running = begun;
                joined = begun;
            }
            return joined;
        }
    }

    private void logInFor(CompletableFuture<Lease> waiting) {
        changing.lock();
        try {
            Lease now = lease;
            if (closed) {
                throw new ProviderException(Kind.UNAVAILABLE, "the provider was closed");
            }
            waiting.complete(now == null || now.ended() ? adopt(logIn()) : now);
        } catch (ProviderException | InterruptedException | RuntimeException e) {
            waiting.completeExceptionally(e);
        } finally {
            changing.unlock();
        }
    }

    /**
     * Returns whether Vault still accepts the token, to tell a missing permission from an invalid token. False also if
     * the lookup is not possible, so that a token that may be invalid is replaced.
     */
    boolean isAlive(Lease used) throws ProviderException, InterruptedException {
        return client.lookup(used.token()) instanceof VaultClient.Lookup.Lives;
    }

    /** Looks the token up in Vault again; logs in first if necessary. */
    VaultClient.Lookup lookup() throws ProviderException, InterruptedException {
        return noted(client.lookup(lease().token()));
    }

    /** Returns why the token is not renewed, or null if there is no problem. No I/O. */
    @Nullable
    String warning() {
        return warning;
    }

    /** Logs once that the token cannot be looked up, and once that it can be again. */
    private VaultClient.Lookup noted(VaultClient.Lookup told) {
        String before = warning;
        if (told instanceof VaultClient.Lookup.Untold untold) {
            warning = "the token could not be looked up (" + untold.why()
                    + "): it stays in use, but is not renewed, since its expiry is not known";
            if (before == null) {
                LOG.warn("{}: {}", id, warning);
            }
        } else {
            warning = null;
            if (before != null) {
                LOG.info("{}: the token can be looked up again", id);
            }
        }
        return told;
    }

    /** Makes the next {@link #lease} log in, unless another thread has done so since {@code used} was taken. */
    void forget(Lease used) throws InterruptedException {
        changing.lockInterruptibly();
        try {
            if (used.equals(lease)) {
                lease = null;
            }
        } finally {
            changing.unlock();
        }
    }

    /**
     * Revokes the token if our login granted it; a configured token may serve others too. Returns within {@value
     * #PATIENCE_MILLIS} ms, since APISIX gives a runner one second to stop. Slower work, such as a running login,
     * continues in the background. A token that is not revoked expires at its ttl.
     */
    @Override
    public void close() {
        closed = true;
        // Not shutdownNow: an interrupted login would leave a token that is never revoked.
        keeper.shutdown();
        Thread ending = Thread.ofVirtual().name("vault-end " + id).start(this::end);
        try {
            ending.join(Duration.ofMillis(PATIENCE_MILLIS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Every request to Vault ends within the client's time limit, so the lock is free by then. */
    private void end() {
        changing.lock();
        try {
            Lease last = lease;
            lease = null;
            if (last != null) {
                if (login instanceof VaultLogin.Posted && !last.ended()) {
                    revoke(last.token());
                }
                last.token().close();
            }
            client.close();
            runner.close();
            login.close();
        } finally {
            changing.unlock();
        }
    }

    private void revoke(Secret token) {
        try {
            client.revoke(token);
        } catch (ProviderException e) {
            LOG.info("{}: its token was not revoked and stays valid until its TTL ends: {}", id, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Lease logIn() throws ProviderException, InterruptedException {
        return switch (login) {
            case VaultLogin.Token(var source) -> {
                Secret token = source.read();
                yield switch (noted(client.lookup(token))) {
                    case VaultClient.Lookup.Lives(TokenGrant grant) -> {
                        if (!grant.renewable() && !grant.ttl().isZero()) {
                            LOG.warn(
                                    "{}: its token cannot be renewed and ends in {} s; replace it before",
                                    id,
                                    grant.ttl().toSeconds());
                        }
                        yield leased(grant, true);
                    }
                    // The token is invalid, lacks the permission, or Vault is unreachable. The first read will tell.
                    case VaultClient.Lookup.Refused _, VaultClient.Lookup.Untold _ ->
                        leased(new TokenGrant(token, Duration.ZERO, false), false);
                };
            }
            case VaultLogin.Posted posted -> leased(runner.run(posted), true);
        };
    }

    private static Lease leased(TokenGrant grant, boolean verified) {
        return new Lease(grant, verified, System.nanoTime() + grant.ttl().toNanos());
    }

    /** Replaces the token in use. The one before it is not wiped: another thread may be reading with it. */
    private Lease adopt(Lease fresh) {
        lease = fresh;
        if (warning != null) {
            keepAliveIn(LOOKED_UP_AGAIN_NANOS, fresh);
        } else if (!fresh.endless()) {
            keepAliveIn(Math.max(MIN_WAIT_NANOS, fresh.remaining() * 2 / 3), fresh);
        }
        return fresh;
    }

    private void keepAliveIn(long nanos, Lease held) {
        try {
            var _ = keeper.schedule(() -> keepAlive(held), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException ignored) {
            // Closing: the token is revoked instead.
        }
    }

    private void keepAlive(Lease held) {
        changing.lock();
        try {
            if (closed || !held.equals(lease) || held.ended()) {
                return;
            }
            adopt(prolonged(held));
        } catch (ProviderException e) {
            if (held.endless()) {
                keepAliveIn(LOOKED_UP_AGAIN_NANOS, held);
                return;
            }
            LOG.warn(
                    "{}: its token could not be renewed and ends in {} s: {}",
                    id,
                    held.remaining() / 1_000_000_000L,
                    e.getMessage());
            keepAliveIn(Math.clamp(held.remaining() / 3, MIN_WAIT_NANOS, MAX_RETRY_NANOS), held);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            changing.unlock();
        }
    }

    /**
     * Renews the token. Near its maximal life each renewal is shorter than the one before, so a new login is better
     * then.
     */
    private Lease prolonged(Lease held) throws ProviderException, InterruptedException {
        if (!held.grant().renewable()) {
            return logIn();
        }
        try {
            TokenGrant renewed = client.renew(held.token());
            boolean shrinks =
                    renewed.ttl().multipliedBy(2).compareTo(held.grant().ttl()) < 0;
            return shrinks ? logIn() : leased(renewed, true);
        } catch (ProviderException e) {
            // OpenBao refuses to renew a token at its maximal life with status 500, as if it had failed.
            if (e.kind() == Kind.AUTHENTICATION || login instanceof VaultLogin.Posted) {
                return logIn();
            }
            throw e;
        }
    }
}
