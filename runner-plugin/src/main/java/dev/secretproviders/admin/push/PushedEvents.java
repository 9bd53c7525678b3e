package dev.secretproviders.admin.push;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.event.SecretEvent;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Has the secrets fetched that pushed events are about, for every provider of the cloud. Thread-safe. */
final class PushedEvents {
    private final ProviderRegistry registry;
    private final Resolver resolver;

    PushedEvents(ProviderRegistry registry, Resolver resolver) {
        this.registry = registry;
        this.resolver = resolver;
    }

    /**
     * Makes secrets due. Returns at once. An event about secrets that nothing refers to is not recorded: a cloud may
     * send events about every secret that it has.
     *
     * @param sender who sent the events
     * @return the secrets that are being fetched
     */
    List<String> take(Actor sender, List<SecretEvent> events, AuditLog audit) {
        Set<String> refreshing = new LinkedHashSet<>();
        for (SecretEvent event : new LinkedHashSet<>(events)) {
            List<String> found = new ArrayList<>();
            for (Registered registered : registry.all()) {
                ProviderId id = registered.provider().id();
                if (id.manager().equals(event.manager())) {
                    resolver.refreshMatching(id, event::means).forEach(path -> found.add(id + "/" + path));
                }
            }
            if (!found.isEmpty()) {
                refreshing.addAll(found);
                audit.recordSoon(
                        AuditEvent.done(EventCode.REFRESH, sender, event.manager() + " event about " + event.secret())
                                .withMessage(found.size() + " secrets are being fetched"));
            }
        }
        return List.copyOf(refreshing);
    }
}
