package dev.secretproviders.provider.vault;

import dev.secretproviders.provider.CredentialFile;
import dev.secretproviders.provider.ObjectSchema.Field;
import dev.secretproviders.provider.ObjectSchema.FieldType;
import dev.secretproviders.provider.ProviderFactory.CredentialSource;
import dev.secretproviders.provider.ProviderFactory.Credentials;
import dev.secretproviders.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The section {@code auth} of a Vault provider. */
final class LoginSettings {
    private static final List<String> METHODS = List.of("token", "approle", "kubernetes", "jwt", "cert", "userpass");
    private static final String SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    private final Settings auth;
    private final Credentials credentials;

    private LoginSettings(Settings auth, Credentials credentials) {
        this.auth = auth;
        this.credentials = credentials;
    }

    static Field schema() {
        return Field.section(
                "auth",
                "How to log in.",
                Field.of("method", FieldType.TEXT, "The auth method.").choices(METHODS.toArray(String[]::new)),
                Field.of("mount", FieldType.TEXT, "Where the auth method is mounted; by default the method's name.")
                        .destined(),
                Field.of("token", FieldType.SECRET, "The token, for the method token."),
                Field.of("role_id", FieldType.SECRET, "The role id, for approle."),
                Field.of("secret_id", FieldType.SECRET, "The secret id, for approle."),
                Field.of(
                                "secret_id_wrapped",
                                FieldType.FLAG,
                                "Whether secret_id is a wrapping token that the secret id is fetched with, for approle.")
                        .fallback(false),
                Field.of("role", FieldType.TEXT, "The role, for kubernetes, jwt and cert."),
                Field.of("jwt", FieldType.SECRET, "The JSON Web Token, for jwt."),
                Field.of(
                        "jwt_file",
                        FieldType.TEXT,
                        "The file with the JSON Web Token, for jwt and kubernetes; read at each login."),
                Field.of("username", FieldType.TEXT, "The user's name, for userpass."),
                Field.of("password", FieldType.SECRET, "The user's password, for userpass."));
    }

    /** Reads {@code auth}; the client certificate of the method cert stands in {@code tls}. */
    static VaultLogin read(Settings auth, Settings tls, Credentials credentials) {
        LoginSettings settings = new LoginSettings(auth, credentials);
        return switch (auth.choice("method", METHODS)) {
            case "approle" -> settings.appRole();
            case "kubernetes" -> settings.kubernetes();
            case "jwt" -> settings.jwt();
            case "cert" -> settings.certificate(tls);
            case "userpass" -> settings.userPass();
            default -> new VaultLogin.Token(credentials.required(auth, "token"));
        };
    }

    private VaultLogin appRole() {
        List<VaultLogin.Step> steps = new ArrayList<>();
        VaultPath mount = mount("approle");
        steps.add(new VaultLogin.Credential("role_id", credentials.required(auth, "role_id")));
        CredentialSource secretId = credentials.optional(auth, "secret_id");
        boolean wrapped = auth.flag("secret_id_wrapped", false);
        if (wrapped && secretId == null) {
            auth.problem("secret_id", "is required beside secret_id_wrapped: the wrapping token");
        }
        if (secretId != null) {
            steps.add(
                    wrapped
                            ? new VaultLogin.Unwrapped("secret_id", secretId)
                            : new VaultLogin.Credential("secret_id", secretId));
        }
        return new VaultLogin.Posted("approle", mount.resolve("login"), steps);
    }

    private VaultLogin kubernetes() {
        return new VaultLogin.Posted(
                "kubernetes",
                mount("kubernetes").resolve("login"),
                List.of(
                        new VaultLogin.Plain("role", auth.text("role")),
                        new VaultLogin.Credential(
                                "jwt", CredentialFile.of(auth, "jwt_file", auth.text("jwt_file", SERVICE_ACCOUNT)))));
    }

    private VaultLogin jwt() {
        List<VaultLogin.Step> steps = new ArrayList<>();
        VaultPath mount = mount("jwt");
        addRole("role", steps);
        CredentialSource jwt = credentials.optional(auth, "jwt");
        String file = auth.optionalText("jwt_file");
        if ((jwt == null) == (file == null)) {
            auth.problem("jwt", jwt == null ? "is required, or jwt_file" : "cannot stand beside jwt_file");
        }
        if (jwt != null) {
            steps.add(new VaultLogin.Credential("jwt", jwt));
        } else if (file != null) {
            steps.add(new VaultLogin.Credential("jwt", CredentialFile.of(auth, "jwt_file", file)));
        }
        return new VaultLogin.Posted("jwt", mount.resolve("login"), steps);
    }

    private VaultLogin certificate(Settings tls) {
        List<VaultLogin.Step> steps = new ArrayList<>();
        VaultPath mount = mount("cert");
        addRole("name", steps);
        if (!tls.has("cert_file")) {
            auth.problem("method", "cert needs tls.cert_file and tls.key_file");
        }
        return new VaultLogin.Posted("cert", mount.resolve("login"), steps);
    }

    private VaultLogin userPass() {
        VaultPath mount = mount("userpass");
        String username = auth.text("username");
        VaultPath path = mount.resolve("login");
        try {
            // The name is one segment, whatever stands in it.
            path = username.isEmpty() ? path : path.resolve(username);
            if (username.contains("/")) {
                throw new IllegalArgumentException("a slash");
            }
        } catch (IllegalArgumentException e) {
            auth.problem("username", "has a character that no user's name has");
        }
        return new VaultLogin.Posted(
                "userpass",
                path,
                List.of(new VaultLogin.Credential("password", credentials.required(auth, "password"))));
    }

    /** Where the role is left out, the method takes its default role, or any that fits. */
    private void addRole(String field, List<VaultLogin.Step> steps) {
        @Nullable String role = auth.optionalText("role");
        if (role != null) {
            steps.add(new VaultLogin.Plain(field, role));
        }
    }

    private VaultPath mount(String method) {
        VaultPath base = VaultPath.of("auth");
        try {
            return base.resolve(VaultPath.of(auth.text("mount", method)));
        } catch (IllegalArgumentException e) {
            auth.problem("mount", "is not the path of an auth method, such as " + method);
            return base.resolve(method);
        }
    }
}
