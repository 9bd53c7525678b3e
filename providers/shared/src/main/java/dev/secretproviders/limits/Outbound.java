package dev.secretproviders.limits;

import dev.secretproviders.limits.AddressPattern.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one provider. {@link #check} goes before each request. It does not hold for what a name stands for a moment
 * later, so the lookup of whichever library connects is checked once more: {@link #guarding} marks the threads that it runs in, and
 * {@link CheckedLookups} hands them no address that is not allowed.
 *
 * <p>Thread-safe.
 */
public final class Outbound {
    /** Checks nothing. */
    public static final Outbound UNLIMITED = new Outbound(null, true, "");

    private static final ScopedValue<Marked> CURRENT = ScopedValue.newInstance();

    private final @Nullable Destinations destinations;
    private final boolean plaintext;
    private final String metadataHost;

    /**
     * Creates the limits of one provider.
     *
     * @param plaintext whether it may talk to others than this machine without TLS
     */
    public Outbound(Destinations destinations, boolean plaintext) {
        this(destinations, plaintext, "");
    }

    private Outbound(@Nullable Destinations destinations, boolean plaintext, String metadataHost) {
        this.destinations = destinations;
        this.plaintext = plaintext;
        this.metadataHost = metadataHost;
    }

    /** Returns these limits for a provider that logs in by the machine's metadata service, which is at {@code host}. */
    public Outbound withMetadata(String host) {
        return new Outbound(destinations, plaintext, Destinations.plain(host));
    }

    /**
     * Looks the destination of a request up and checks it. Blocks. In a guarded thread the lookups that follow are for this
     * destination.
     *
     * @throws RefusedDestinationException if nobody may connect there
     * @throws UnknownHostException if there is no such host
     */
    public void check(URI target) throws UnknownHostException {
        Destinations limits = destinations;
        String host = target.getHost();
        if (limits == null) {
            return;
        }
        if (host == null) {
            // Such as a name with '_': the library may make something of it, but nobody could check that.
            throw new RefusedDestinationException(
                    "a destination has no host that could be checked; write its name or address");
        }
        Marked marked = new Marked(this, target);
        if (CURRENT.isBound() && CURRENT.get().outbound == this) {
            CURRENT.get().aim(target);
        }
        if (isMetadata(host)) {
            return;
        }
        String refusal = limits.refusal(host, marked.port);
        if (refusal != null) {
            throw new RefusedDestinationException(refusal);
        }
        List<InetAddress> _ = lookUp(host, marked);
        checkProxies(target, limits);
    }

    /** A proxy of the Java runtime is what is connected to. One that is an address is not looked up when that is done. */
    private void checkProxies(URI target, Destinations limits) throws RefusedDestinationException {
        ProxySelector proxies = ProxySelector.getDefault();
        if (proxies == null) {
            return;
        }
        for (Proxy proxy : proxies.select(target)) {
            if (proxy.address() instanceof InetSocketAddress place) {
                String host = place.getHostString();
                InetAddress literal = Addresses.literal(host);
                String refusal = literal == null
                        ? limits.refusal(host, place.getPort())
                        : new Marked(this, target).refusal(limits, host, place.getPort(), literal);
                if (refusal != null) {
                    throw new RefusedDestinationException("the proxy of the Java runtime: " + refusal);
                }
            }
        }
    }

    /** Looks a host up as the client of {@code target} does. */
    public List<InetAddress> lookUp(String host, URI target) throws UnknownHostException {
        return destinations == null ? List.of(InetAddress.getAllByName(host)) : lookUp(host, new Marked(this, target));
    }

    /** Runs something that connects to where it {@linkplain #check checks}. */
    public <T, X extends Throwable> T guarding(ScopedValue.CallableOp<T, X> action) throws X {
        return guarding(null, action);
    }

    /** Runs something that connects to {@code target}. */
    public <T, X extends Throwable> T guarding(@Nullable URI target, ScopedValue.CallableOp<T, X> action) throws X {
        return destinations == null
                ? action.call()
                : ScopedValue.where(CURRENT, new Marked(this, target)).call(action);
    }

    /**
     * Returns an executor for a client that connects in threads of its own.
     *
     * @param target where it connects to, or null for where the thread does that hands over the task
     */
    public Executor guarding(Executor executor, @Nullable URI target) {
        return destinations == null
                ? executor
                : task -> {
                    Marked marked = target == null && CURRENT.isBound() ? CURRENT.get() : new Marked(this, target);
                    executor.execute(() -> ScopedValue.where(CURRENT, marked).run(task));
                };
    }

    /** Returns the mark of this thread, or null if nobody guards it. */
    static @Nullable Marked current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    private static List<InetAddress> lookUp(String host, Marked marked) throws UnknownHostException {
        InetAddress[] found = ScopedValue.where(CURRENT, marked).call(() -> InetAddress.getAllByName(host));
        // Literal addresses are not looked up.
        return marked.allowed(host, List.of(found));
    }

    private boolean isMetadata(String host) {
        return !metadataHost.isEmpty() && metadataHost.equals(Destinations.plain(host));
    }

    /** A guarded thread, and where the library in it connects to. */
    static final class Marked {
        private final Outbound outbound;
        private volatile int port;
        private volatile boolean loopbackOnly;

        private Marked(Outbound outbound, @Nullable URI target) {
            this.outbound = outbound;
            if (target != null) {
                aim(target);
            }
        }

        private void aim(URI target) {
            boolean clear = "http".equals(String.valueOf(target.getScheme()).toLowerCase(Locale.ROOT));
            port = target.getPort() > 0 ? target.getPort() : clear ? 80 : 443;
            loopbackOnly = clear && !outbound.plaintext;
        }

        @Nullable
        String refusal(Destinations limits, String host, int toPort, InetAddress address) {
            String refused = limits.refusal(host, toPort, address);
            return refused == null && loopbackOnly && !address.isLoopbackAddress() ? plaintextRefusal(host) : refused;
        }

        /** Returns those of the addresses of {@code host} that may be connected to. */
        List<InetAddress> allowed(String host, List<InetAddress> addresses) throws RefusedDestinationException {
            Destinations limits = outbound.destinations;
            if (limits == null || outbound.isMetadata(host)) {
                return addresses;
            }
            List<InetAddress> allowed = new ArrayList<>();
            String refusal = "";
            for (InetAddress address : addresses) {
                String refused = refusal(limits, host, port, address);
                if (refused == null) {
                    allowed.add(address);
                } else {
                    refusal = refused;
                }
            }
            if (allowed.isEmpty()) {
                throw new RefusedDestinationException(refusal);
            }
            return allowed;
        }
    }

    /** Returns why a credential is not sent to another machine without TLS. */
    public static String plaintextRefusal(String host) {
        return "http would send credentials and secrets to " + host
                + " for everybody on the way to read; write https, or tls.allow_plaintext: true if the way is safe";
    }
}
