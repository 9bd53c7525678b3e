package dev.secretproviders.provider;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.Limits;
import dev.secretproviders.limits.Outbound;
import dev.secretproviders.limits.Place;
import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one provider may reach: files, addresses, and the identity of the machine that the runner is on. Where that is decided depends
 * on who wrote the object.
 *
 * <p>Factories use it while they make a provider, in one thread; {@link #files} and {@link #outbound} are thread-safe.
 */
public final class ProviderLimits implements ProviderReach {
    private final Limits limits;
    private final Origin origin;
    private final AllowedFiles files;
    private final Outbound outbound;
    private final boolean plaintext;
    private final List<Breach> breaches = new ArrayList<>();
    private @Nullable String identity;
    private Place.@Nullable Source place;

    /** Where a provider object comes from. */
    public enum Origin {
        /** The configuration file: it may name any file and use any identity. */
        CONFIGURED,
        /** Written now, over the Admin API. All limits apply, and a broken one is a problem. */
        WRITTEN,
        /** From the store, and was checked when it was written. What it breaks since then is refused when it is used. */
        STORED,
        /**
         * From the store, written before there were limits. The object stays in force, but a list of destinations
         * applies.
         */
        STORED_BEFORE
    }

    /**
     * A field of an unchanged object that breaks the current limits.
     *
     * @param field its path in the object
     * @param problem the problem and its remedy
     */
    public record Breach(String field, String problem) {}

    ProviderLimits(Limits limits, Origin origin, boolean plaintext) {
        this.limits = limits;
        this.origin = origin;
        this.plaintext = plaintext;
        this.files = switch (origin) {
            case CONFIGURED, STORED_BEFORE -> AllowedFiles.ANY;
            case WRITTEN, STORED -> limits.files();
        };
        this.outbound = new Outbound(limits.destinations(), plaintext || origin == Origin.STORED_BEFORE);
    }

    static ProviderLimits none() {
        return new ProviderLimits(Limits.NONE, Origin.CONFIGURED, true);
    }

    @Override
    public AllowedFiles files() {
        return files;
    }

    @Override
    public Outbound outbound() {
        return outbound;
    }

    @Override
    public void usesIdentity(FieldValues values, Field field, String what) {
        identity(values.path(field), what);
    }

    @Override
    public void connectsTo(Place.Source server) {
        place = server;
    }

    /** Returns how to find the server that the provider asks for secrets; null if the provider does not tell. */
    public Place.@Nullable Source place() {
        return place;
    }

    private void identity(String field, String what) {
        if (identity == null) {
            identity = field + ": " + what;
        }
    }

    /** Returns what identity of the machine or pod an object uses that is written now, so that it takes a right; null if none. */
    @Nullable
    String identity() {
        return origin == Origin.WRITTEN ? identity : null;
    }

    /** Returns the broken limits of an object that stays in force. */
    List<Breach> breaches() {
        return List.copyOf(breaches);
    }

    /** Checks the files that an object names, before anything looks whether they are there. */
    void checkFiles(Settings object, Descriptor descriptor) {
        checkFiles(object, "", descriptor.fields());
    }

    /** Checks the addresses that an object names, once it is known whose identity it uses. */
    void checkAddresses(Settings object, Descriptor descriptor) {
        checkAddresses(object, "", descriptor.fields());
    }

    private void checkFiles(Settings object, String above, List<Field> fields) {
        for (Field field : fields) {
            String name = above + field.name();
            if (field.type() == FieldType.SECTION) {
                checkFiles(object, name + ".", field.fields());
            } else if (field.file()) {
                Path file = path(object.peek(name));
                if (file == null) {
                    continue;
                }
                String refusal =
                        origin == Origin.CONFIGURED ? null : limits.files().refusal(file);
                if (refusal != null) {
                    breach(object, name, refusal);
                } else if (field.type() == FieldType.FILE && AllowedFiles.isIdentity(file)) {
                    identity(object.path(name), "'" + file + "' is the credential of the runner's machine or pod");
                }
            }
        }
    }

    private void checkAddresses(Settings object, String above, List<Field> fields) {
        for (Field field : fields) {
            String name = above + field.name();
            if (field.type() == FieldType.SECTION) {
                checkAddresses(object, name + ".", field.fields());
            } else if (field.type() == FieldType.URI) {
                URI uri = uri(object.peek(name));
                if (uri != null && uri.getHost() != null) {
                    checkAddress(object, name, uri);
                }
            }
        }
    }

    private void checkAddress(Settings object, String field, URI uri) {
        String host = uri.getHost();
        boolean clear = "http".equals(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT));
        int port = uri.getPort() > 0 ? uri.getPort() : clear ? 80 : 443;
        String refusal = limits.destinations().refusal(host, port);
        if (refusal != null) {
            breach(object, field, refusal);
        } else if (clear && !plaintext && !isLoopback(host)) {
            breach(object, field, Outbound.plaintextRefusal(host));
        } else if (identity != null
                && origin != Origin.CONFIGURED
                && !limits.destinations().names(host, port)) {
            breach(
                    object,
                    field,
                    "the identity of the runner's machine or pod (" + identity + ") would go to " + host
                            + ", which providers.destinations does not name; add it there, give the provider a"
                            + " credential of its own, or write it into the configuration file");
        }
    }

    /** Other names of this machine need {@code tls.allow_plaintext}. The address is checked at each connection. */
    private static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.equals("localhost") || name.endsWith(".localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(name.startsWith("[") ? name.substring(1, name.length() - 1) : name)
                    .isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void breach(Settings object, String field, String problem) {
        switch (origin) {
            case CONFIGURED, WRITTEN -> object.problem(field, problem);
            case STORED, STORED_BEFORE -> breaches.add(new Breach(field, problem));
        }
    }

    private static @Nullable Path path(@Nullable String text) {
        try {
            return text == null ? null : Path.of(text);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static @Nullable URI uri(@Nullable String text) {
        try {
            return text == null ? null : new URI(text.strip());
        } catch (URISyntaxException e) {
            return null;
        }
    }
}
