package dev.secretproviders.resolve.chain;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.SecretReference;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The values of chains for code that needs the value itself, such as a filter that injects it. Whether a consumer or route
 * may use a reference is for the caller to check, before it asks for it here.
 *
 * <p>Thread-safe. {@link #values} may be called on the request path: it takes no lock and does no I/O. The other methods
 * take the resolver's lock.
 */
public final class ValueReader implements ResolverListener {
    private final Resolver resolver;
    private final String owner;
    private final List<Consumer<Set<ReferenceChain>>> listeners = new CopyOnWriteArrayList<>();
    private volatile Values values;

    /**
     * What chains stand for, all as of one moment: fields of one secret are of one version. Immutable, except that the
     * resolver wipes values that have ended.
     */
    public static final class Values {
        private final Map<ReferenceChain, Resolution> resolutions;
        private final Ticker ticker;

        private Values(Map<ReferenceChain, Resolution> resolutions, Ticker ticker) {
            this.resolutions = resolutions;
            this.ticker = ticker;
        }

        /**
         * Returns the current value of a chain, or null if there is none that may be used now. It ends with its {@link
         * ResolvedValue#version}; {@link ResolvedValue#read} may still find it wiped.
         */
        public @Nullable ResolvedValue current(ReferenceChain chain) {
            Resolution resolution = resolutions.get(chain);
            ResolvedValue current = resolution == null ? null : resolution.current();
            return current != null && current.version().usableAt(ticker.read()) ? current : null;
        }

        /** Returns how the reference resolves that counts in a chain, with its problem; null if it is not wanted. */
        public @Nullable Resolution resolution(ReferenceChain chain) {
            return resolutions.get(chain);
        }
    }

    /**
     * Creates a reader that wants nothing yet, and registers it with the resolver.
     *
     * @param owner the name under which the resolver keeps its references; no other owner has it
     */
    public ValueReader(Resolver resolver, String owner) {
        this.resolver = resolver;
        this.owner = owner;
        this.values = new Values(Map.of(), resolver.ticker());
        resolver.addListener(this);
    }

    /** Adds a listener. It is told on the resolver's threads which chains changed, after {@link #values} has them. */
    public void addListener(Consumer<Set<ReferenceChain>> listener) {
        listeners.add(listener);
    }

    /** Sets the chains whose values are needed. The values of all others are wiped, unless another owner needs them. */
    public synchronized void want(Collection<ReferenceChain> chains) {
        Set<ReferenceChain> wanted = new LinkedHashSet<>(chains);
        Map<ReferenceChain, Resolution> staying = new HashMap<>(values.resolutions);
        staying.keySet().retainAll(wanted);
        publish(staying);
        resolver.retain(
                owner,
                Use.VALUE.of(wanted.stream()
                        .flatMap(chain -> chain.alternatives().stream())
                        .toList()));
        resolve(wanted);
    }

    /** Returns the values of all wanted chains. */
    public Values values() {
        return values;
    }

    @Override
    public void changed(Set<SecretReference> references) {
        Set<ReferenceChain> affected = refresh(references);
        if (!affected.isEmpty()) {
            listeners.forEach(listener -> listener.accept(affected));
        }
    }

    private synchronized Set<ReferenceChain> refresh(Set<SecretReference> references) {
        Set<ReferenceChain> affected = new LinkedHashSet<>();
        for (ReferenceChain chain : values.resolutions.keySet()) {
            // The set is empty if a provider was put in force, replaced or removed.
            if (references.isEmpty() || chain.alternatives().stream().anyMatch(references::contains)) {
                affected.add(chain);
            }
        }
        resolve(affected);
        return affected;
    }

    private void resolve(Set<ReferenceChain> chains) {
        if (chains.isEmpty()) {
            return;
        }
        Set<SecretReference> references = new LinkedHashSet<>();
        chains.forEach(chain -> references.addAll(chain.alternatives()));
        Map<SecretReference, Resolution> resolutions = resolver.resolutions(references);
        Map<ReferenceChain, Resolution> next = new HashMap<>(values.resolutions);
        // This object alone decides what its owner wants, so each reference has a resolution.
        chains.forEach(chain -> next.put(chain, Objects.requireNonNull(ChainResolution.pick(chain, resolutions))));
        publish(next);
    }

    private void publish(Map<ReferenceChain, Resolution> next) {
        values = new Values(Map.copyOf(next), resolver.ticker());
    }
}
