package dev.secretproviders.provider.vault;

import dev.secretproviders.crypto.Secret;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import dev.secretproviders.reference.ProviderId;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a living token: logs in when one is first needed, renews it or logs in anew at two thirds of its life without waiting
 * for a request, and starts over when Vault no longer takes it.
 *
 * <p>Thread-safe. At most one login runs at a time; while a token lives, nobody waits for its renewal.
 */
final class VaultSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VaultSession.class);
    private static final long REVOKE_MILLIS = 400;
    private static final long MIN_WAIT_NANOS = Duration.ofMillis(200).toNanos();
    private static final long MAX_RETRY_NANOS = Duration.ofSeconds(30).toNanos();

    /**
     * A token in use.
     *
     * @param verified whether Vault itself told that it is good: a token without the right to look itself up may be, too
     * @param endsAt when it ends by {@link System#nanoTime}; meaningless if its ttl is zero
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
    private final ScheduledExecutorService keeper;
    private volatile @Nullable Lease lease;
    private volatile boolean closed;

    VaultSession(ProviderId id, VaultClient client, VaultLogin login) {
        this.id = id;
        this.client = client;
        this.login = login;
        this.runner = new LoginRunner(client);
        this.keeper = Executors.newSingleThreadScheduledExecutor(
                Thread.ofVirtual().name("vault-token " + id).factory());
    }

    /** Returns a token that lives as far as we know. */
    Lease lease() throws ProviderException, InterruptedException {
        Lease now = lease;
        if (now != null && !now.ended()) {
            return now;
        }
        changing.lockInterruptibly();
        try {
            if (closed) {
                throw new ProviderException(Kind.UNAVAILABLE, "the provider was closed");
            }
            now = lease;
            if (now == null || now.ended()) {
                now = adopt(logIn());
            }
            return now;
        } finally {
            changing.unlock();
        }
    }

    /** Returns whether Vault still takes the token: tells "may not read this" from "is nobody any more". */
    boolean isAlive(Lease used) throws ProviderException, InterruptedException {
        try {
            client.lookup(used.token());
            return true;
        } catch (ProviderException e) {
            if (e.kind() == Kind.AUTHENTICATION) {
                return false;
            }
            throw e;
        }
    }

    /** Lets the next {@link #lease} log in, unless somebody else has done so since {@code used} was taken. */
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

    /** Revokes the token if a login of ours granted it; one that was configured may serve others too. */
    @Override
    public void close() {
        closed = true;
        keeper.shutdownNow();
        Lease last = lease;
        lease = null;
        if (last != null && login instanceof VaultLogin.Posted && !last.ended()) {
            revoke(last.token());
        }
        client.close();
        // A login that goes on holds the lock until it notices that the client was closed; it is not waited for.
        if (changing.tryLock()) {
            try {
                runner.close();
                login.close();
            } finally {
                changing.unlock();
            }
        }
        if (last != null) {
            last.token().close();
        }
    }

    /** Vault may be out of reach, and APISIX gives a runner one second to stop. An unrevoked token dies at its ttl. */
    private void revoke(Secret token) {
        CountDownLatch done = new CountDownLatch(1);
        Thread revoking = Thread.ofVirtual().name("vault-revoke " + id).start(() -> {
            try {
                client.revoke(token);
            } catch (ProviderException e) {
                LOG.info("{}: its token was not revoked and lives on until its ttl: {}", id, e.getMessage());
            } catch (InterruptedException e) {
                LOG.info("{}: its token was not revoked in time and lives on until its ttl", id);
            } finally {
                done.countDown();
            }
        });
        try {
            if (!done.await(REVOKE_MILLIS, TimeUnit.MILLISECONDS)) {
                revoking.interrupt();
            }
        } catch (InterruptedException e) {
            revoking.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private Lease logIn() throws ProviderException, InterruptedException {
        return switch (login) {
            case VaultLogin.Token(var source) -> {
                Secret token = source.read();
                try {
                    TokenGrant grant = client.lookup(token);
                    if (!grant.renewable() && !grant.ttl().isZero()) {
                        LOG.warn(
                                "{}: its token cannot be renewed and ends in {} s; replace it before",
                                id,
                                grant.ttl().toSeconds());
                    }
                    yield leased(grant, true);
                } catch (ProviderException e) {
                    if (e.kind() != Kind.AUTHENTICATION) {
                        throw e;
                    }
                    // Either it is dead or its policies lack auth/token/lookup-self; the first reading will tell.
                    yield leased(new TokenGrant(token, Duration.ZERO, false), false);
                }
            }
            case VaultLogin.Posted posted -> leased(runner.run(posted), true);
        };
    }

    private static Lease leased(TokenGrant grant, boolean verified) {
        return new Lease(grant, verified, System.nanoTime() + grant.ttl().toNanos());
    }

    /** The token before is not wiped: somebody may be reading with it. */
    private Lease adopt(Lease fresh) {
        lease = fresh;
        if (!fresh.endless()) {
            keepAliveIn(Math.max(MIN_WAIT_NANOS, fresh.remaining() * 2 / 3), fresh);
        }
        return fresh;
    }

    private void keepAliveIn(long nanos, Lease held) {
        if (!keeper.isShutdown()) {
            var _ = keeper.schedule(() -> keepAlive(held), nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void keepAlive(Lease held) {
        changing.lock();
        try {
            if (!held.equals(lease) || held.ended()) {
                return;
            }
            adopt(prolonged(held));
        } catch (ProviderException e) {
            LOG.warn(
                    "{}: its token could not be prolonged and ends in {} s: {}",
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

    /** A token near its maximal life is renewed for ever shorter times, so a new login is better then. */
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
            // OpenBao refuses to renew a token at its maximal life with status 500, as if it were out of order.
            if (e.kind() == Kind.AUTHENTICATION || login instanceof VaultLogin.Posted) {
                return logIn();
            }
            throw e;
        }
    }
}
