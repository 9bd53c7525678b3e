package dev.secretproviders.event;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A secret manager's event that a secret changed. Only the name in it is used: the runner fetches the value from the
 * manager.
 *
 * @param manager the manager whose providers it concerns
 * @param secret the secret's name in the event: an AWS name or ARN, a Vault path with its mount, or the name in Google
 *     Cloud or Azure
 * @param others what else the event calls it: an event of AWS may have the name and the ARN, one of Azure names that
 *     differ
 */
public record SecretEvent(String manager, String secret, Set<String> others) {
    private static final int LONGEST_NAME = 2_048;
    /** The length of what AWS appends to a secret's name in its ARN: a hyphen and six characters. */
    private static final int ARN_SUFFIX = 7;

    private static final int MOST_NAMES = 16;

    private static final String ARN = "arn:";
    private static final String SECRET = ":secret:";

    /** Copies the set. */
    public SecretEvent {
        others = Set.copyOf(others);
    }

    /** @throws UnreadableEventException if the name cannot be one of a secret */
    static SecretEvent of(String manager, String secret) throws UnreadableEventException {
        return of(manager, Set.of(secret));
    }

    /**
     * Returns an event that calls its secret by several names.
     *
     * @param secrets at least one
     * @throws UnreadableEventException if a name cannot be one of a secret
     */
    static SecretEvent of(String manager, Set<String> secrets) throws UnreadableEventException {
        if (secrets.size() > MOST_NAMES) {
            throw new UnreadableEventException("the event names more than " + MOST_NAMES + " secrets");
        }
        for (String secret : secrets) {
            if (secret.length() > LONGEST_NAME || secret.chars().anyMatch(Character::isISOControl)) {
                throw new UnreadableEventException(
                        "the event names a secret with too long a name or control characters");
            }
        }
        LinkedHashSet<String> others = new LinkedHashSet<>(secrets);
        String first = others.removeFirst();
        return new SecretEvent(manager, first, others);
    }

    /**
     * Reads one event of any manager, as it is sent.
     *
     * @return null if the body does not claim to be an event
     * @throws UnreadableEventException if it does but is not understood, or if its kind changes no secret
     */
    public static @Nullable SecretEvent read(JsonNode body) throws UnreadableEventException {
        SecretEvent event;
        if (EventBridge.claims(body)) {
            event = EventBridge.read(body);
        } else if (PubSub.claims(body)) {
            event = PubSub.read(body);
        } else if (EventGrid.claims(body)) {
            event = EventGrid.read(body);
        } else if (VaultNotification.claims(body)) {
            return VaultNotification.read(body);
        } else {
            return null;
        }
        if (event == null) {
            throw new UnreadableEventException("this kind of event changes no secret, so there is nothing to fetch");
        }
        return event;
    }

    /**
     * Returns whether the event can be about the secret that a provider knows by this name. A wrong match costs one
     * request to the manager. A missed match would leave an old value in force.
     */
    public boolean means(String name) {
        return switch (manager) {
            case EventBridge.MANAGER -> !Collections.disjoint(names(), namesOf(name));
            // Key Vault does not tell upper from lower case.
            case EventGrid.MANAGER ->
                secret.equalsIgnoreCase(name) || others.stream().anyMatch(name::equalsIgnoreCase);
            case PubSub.MANAGER -> secret.equals(name);
            // Our name lacks the provider's prefix and the data or metadata segment that version 2 puts after the
            // mount.
            default -> secret.equals(name) || secret.endsWith("/" + name);
        };
    }

    /** Returns the names that a provider of AWS may know the secret by: as told, without the ARN, without its suffix. */
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>(namesOf(secret));
        others.forEach(other -> names.addAll(namesOf(other)));
        return names;
    }

    /** Returns what else an ARN may be written as. Its suffix may be missing, so what looks like one may be none. */
    private static Set<String> namesOf(String text) {
        Set<String> names = new LinkedHashSet<>();
        names.add(text);
        int at = text.startsWith(ARN) ? text.indexOf(SECRET) : -1;
        if (at >= 0) {
            String name = text.substring(at + SECRET.length());
            names.add(name);
            int end = name.length() - ARN_SUFFIX;
            if (end > 0 && name.charAt(end) == '-') {
                names.add(name.substring(0, end));
                names.add(text.substring(0, text.length() - ARN_SUFFIX));
            }
        }
        return names;
    }

    /** Returns the text of a node, or an empty text if it is something else. */
    static String text(JsonNode node) {
        return node.isString() ? node.stringValue() : "";
    }
}
