package dev.secretproviders.consumer;

import org.jspecify.annotations.Nullable;

/** A kind of credential: one of APISIX's authentication plugins. */
public enum CredentialKind {
    /** {@code apisix/plugins/key-auth.lua}: an API key. */
    KEY_AUTH("key-auth", "key", false),
    /** {@code apisix/plugins/basic-auth.lua}: a user name and a password. */
    BASIC_AUTH("basic-auth", "basic", false),
    /** {@code apisix/plugins/jwt-auth.lua}: a token that the client signs. */
    JWT_AUTH("jwt-auth", "jwt", true),
    /** {@code apisix/plugins/hmac-auth.lua}: a signature of the request. */
    HMAC_AUTH("hmac-auth", "hmac", true);

    private final String plugin;
    private final String label;
    private final boolean provenByValue;
    /** What the path of each of its fields begins with. */
    private final String beginning;

    CredentialKind(String plugin, String label, boolean provenByValue) {
        this.plugin = plugin;
        this.label = label;
        this.provenByValue = provenByValue;
        this.beginning = "plugins." + plugin + ".";
    }

    /** Returns the name of APISIX's plugin. */
    public String plugin() {
        return plugin;
    }

    /** Returns a short name for metrics and the Admin API. */
    public String label() {
        return label;
    }

    /** Returns whether a proof needs the secret itself, so that a digest is not enough. */
    public boolean provenByValue() {
        return provenByValue;
    }

    /** Returns the path of a field in a consumer or credential, for example {@code plugins.key-auth.key}. */
    public String path(String field) {
        return beginning + field;
    }

    /** Returns whether a path is that of a field; makes no text for the answer. */
    boolean isPath(String path, String field) {
        return path.length() == beginning.length() + field.length()
                && path.startsWith(beginning)
                && path.endsWith(field);
    }

    /**
     * Returns the kind of which a path names a field that the runner resolves, or null if there is none. The gateway
     * resolves all other fields by itself.
     */
    public static @Nullable CredentialKind ofPath(String path) {
        for (CredentialKind kind : values()) {
            if (path.startsWith(kind.beginning) && kind.resolves(path.substring(kind.beginning.length()))) {
                return kind;
            }
        }
        return null;
    }

    /** Returns whether the runner resolves a field of the plugin. */
    private boolean resolves(String field) {
        return switch (this) {
            case KEY_AUTH -> field.equals("key");
            case BASIC_AUTH -> field.equals("username") || field.equals("password");
            case JWT_AUTH -> field.equals("key") || field.equals("secret") || field.equals("public_key");
            case HMAC_AUTH -> field.equals("key_id") || field.equals("secret_key");
        };
    }
}
