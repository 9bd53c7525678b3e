package dev.secretproviders.app.logs;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.auth.IndexListener;
import dev.secretproviders.auth.bounds.CurrentValidity;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.validity.Validity;
import dev.secretproviders.validity.Validity.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Records when credentials begin or end to count, or are switched off and on, by their {@link Validity}. What was so
 * when this runner started is not recorded. Only one thread at a time may look.
 */
public final class ValidityTrail implements IndexListener {
    /** The most credentials with an event each. */
    private static final int EACH_UP_TO = 20;

    private final AuditLog audit;
    private final CredentialDirectory directory;
    private final Resolver resolver;
    private final Set<CredentialName> affected = ConcurrentHashMap.newKeySet();
    private volatile boolean all = true;
    /** Whether the index changed since the last look. */
    private volatile boolean changed;
    /** Whether the credentials were looked at once. */
    private boolean begun;
    /** The credentials that did not count at the last look. */
    private final Map<CredentialName, State> outside = new HashMap<>();
    /** Those of them with a secret that had no usable value at the last look. */
    private final Set<CredentialName> unresolved = new HashSet<>();

    /** Creates a trail that does not record yet. */
    public ValidityTrail(AuditLog audit, CredentialDirectory directory, Resolver resolver) {
        this.audit = audit;
        this.directory = directory;
        this.resolver = resolver;
    }

    void start() {
        directory.addListener(this);
    }

    @Override
    public void changed(IndexChange change) {
        if (change.all()) {
            all = true;
        } else {
            affected.addAll(change.credentials());
        }
        changed = true;
    }

    /** Records the changes since the last call. */
    void look() {
        if (!begun && !directory.settled()) {
            return;
        }
        boolean record = begun;
        begun = true;
        boolean everything = all;
        all = false;
        Set<CredentialName> names = new HashSet<>();
        if (changed) {
            changed = false;
            names.addAll(unresolved);
        }
        affected.removeIf(names::add);
        Map<String, Consumer> consumers = directory.consumers().consumers();
        List<AuditEvent> events = new ArrayList<>();
        if (everything) {
            Map<SecretReference, Resolution> resolutions = new HashMap<>();
            resolver.resolutions().forEach(one -> resolutions.put(one.reference(), one));
            names.addAll(outside.keySet());
            names.forEach(name -> forgetUnlessIn(consumers, name));
            for (Consumer consumer : consumers.values()) {
                for (Credential credential : consumer.credentials()) {
                    look(CredentialName.of(consumer, credential), credential, resolutions, events);
                }
            }
        } else {
            for (CredentialName name : names) {
                Credential credential = forgetUnlessIn(consumers, name);
                if (credential != null) {
                    look(name, credential, resolver.resolutions(Set.copyOf(credential.references())), events);
                }
            }
        }
        if (record) {
            record(events);
        }
    }

    /** Returns a credential; if there is none by this name, returns null and forgets it. */
    private @Nullable Credential forgetUnlessIn(Map<String, Consumer> consumers, CredentialName name) {
        Consumer consumer = consumers.get(name.username());
        if (consumer != null) {
            for (Credential credential : consumer.credentials()) {
                if (CredentialName.of(consumer, credential).equals(name)) {
                    return credential;
                }
            }
        }
        outside.remove(name);
        unresolved.remove(name);
        return null;
    }

    private void look(
            CredentialName name,
            Credential credential,
            Map<SecretReference, Resolution> resolutions,
            List<AuditEvent> events) {
        if (!CurrentValidity.isResolved(credential, resolutions)) {
            // It does not count. Whether its limits changed is known once it has a value again.
            if (outside.containsKey(name)) {
                unresolved.add(name);
            }
            return;
        }
        unresolved.remove(name);
        Validity validity = CurrentValidity.of(credential, resolutions);
        long now = directory.clock().millis();
        State state = validity.at(now);
        State before = state == State.VALID ? outside.remove(name) : outside.put(name, state);
        if (Objects.requireNonNullElse(before, State.VALID) != state) {
            // A version that begins later leaves the one before it its overlap.
            boolean versionOnly = credential.validity().at(now) != State.NOT_YET;
            events.add(event(name, validity, state, versionOnly));
        }
    }

    private static AuditEvent event(CredentialName name, Validity validity, State state, boolean versionOnly) {
        String object = "consumers/" + name.username() + (name.id() == null ? "" : "/credentials/" + name.id());
        String plugin = name.kind().plugin();
        return switch (state) {
            case VALID ->
                AuditEvent.done(EventCode.CREDENTIAL_VALIDITY, Actor.RUNNER, object)
                        .withMessage(plugin + " counts from now on");
            case NOT_YET ->
                failed(
                        object,
                        plugin
                                + (versionOnly ? ": its current version" : "")
                                + " does not count before "
                                + validity.begin());
            case EXPIRED -> failed(object, plugin + " ended at " + validity.end());
            case DISABLED -> failed(object, plugin + " is disabled");
            case UNREADABLE -> failed(object, plugin + ": " + validity.problem());
        };
    }

    private static AuditEvent failed(String object, String message) {
        return AuditEvent.failed(EventCode.CREDENTIAL_VALIDITY, Actor.RUNNER, object, message);
    }

    private void record(List<AuditEvent> events) {
        if (events.size() <= EACH_UP_TO) {
            events.forEach(audit::recordSoon);
            return;
        }
        AuditEvent first = events.getFirst();
        audit.recordSoon(AuditEvent.done(EventCode.CREDENTIAL_VALIDITY, Actor.RUNNER, "consumers")
                .withMessage("%d credentials changed, such as %s: %s"
                        .formatted(events.size(), first.object(), first.message())));
    }
}
