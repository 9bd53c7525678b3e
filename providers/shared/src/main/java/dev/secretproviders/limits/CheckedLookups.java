package dev.secretproviders.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.net.spi.InetAddressResolverProvider;
import java.security.Security;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Java runtime's lookups of host names, as they are, but that a thread which {@link Outbound} guards gets no address that its
 * provider may not connect to. The runtime loads it by {@code META-INF/services}, before the first lookup.
 *
 * <p>The runtime's own cache is off: it would answer a guarded thread with what another one has looked up, and the other way round.
 */
public final class CheckedLookups extends InetAddressResolverProvider {
    /** As long as the runtime's own cache keeps them. */
    private static final Duration KEPT = Duration.ofSeconds(30);

    private static final int MAX_KEPT = 10_000;

    private static volatile boolean installed;

    /** For the Java runtime. */
    public CheckedLookups() {
        Security.setProperty("networkaddress.cache.ttl", "0");
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        Security.setProperty("networkaddress.cache.stale.ttl", "0");
    }

    /** Returns whether the runtime looks names up here; if not, names cannot be checked when a connection is made. */
    public static boolean installed() {
        try {
            InetAddress _ = InetAddress.getByName("localhost");
        } catch (UnknownHostException e) {
            // It was looked for, and that is what loads this class.
        }
        return installed;
    }

    @Override
    public InetAddressResolver get(Configuration configuration) {
        installed = true;
        return over(configuration.builtinResolver(), KEPT);
    }

    /** Returns these lookups over those of the runtime, whose answers are kept for {@code kept}. */
    static InetAddressResolver over(InetAddressResolver builtIn, Duration kept) {
        return new Resolver(builtIn, kept);
    }

    @Override
    public String name() {
        return "secret-providers";
    }

    private record Question(String host, int characteristics) {}

    private static final class Resolver implements InetAddressResolver {
        private final InetAddressResolver builtIn;
        private final Cache<Question, List<InetAddress>> known;

        Resolver(InetAddressResolver builtIn, Duration kept) {
            this.builtIn = builtIn;
            this.known = Caffeine.newBuilder()
                    .expireAfterWrite(kept)
                    .maximumSize(MAX_KEPT)
                    .executor(Runnable::run)
                    .build();
        }

        @Override
        public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
            Question question = new Question(Destinations.plain(host), policy.characteristics());
            List<InetAddress> addresses = known.getIfPresent(question);
            if (addresses == null) {
                addresses = builtIn.lookupByName(host, policy).toList();
                known.put(question, addresses);
            }
            Outbound.@Nullable Marked marked = Outbound.current();
            return (marked == null ? addresses : marked.allowed(host, addresses)).stream();
        }

        @Override
        public String lookupByAddress(byte[] address) throws UnknownHostException {
            return builtIn.lookupByAddress(address);
        }
    }
}
