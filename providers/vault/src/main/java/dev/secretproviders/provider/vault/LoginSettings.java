package dev.secretproviders.provider.vault;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.spi.ObjectSchema.Field;
import dev.secretproviders.spi.ObjectSchema.FieldType;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.ProviderFactory.Credentials;
import dev.secretproviders.spi.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.regions.Region;

/** The section {@code auth} of a Vault provider. */
final class LoginSettings {
    private static final List<String> METHODS =
            List.of("token", "approle", "kubernetes", "jwt", "cert", "userpass", "aws");
    private static final String SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    private static final String DEFAULT_REGION = "us-east-1";

    private final Settings auth;
    private final Credentials credentials;
    private final ProviderReach limits;
    private final Duration timeout;

    private LoginSettings(Settings auth, Credentials credentials, Duration timeout) {
        this.auth = auth;
        this.credentials = credentials;
        this.limits = ProviderReach.of(credentials);
        this.timeout = timeout;
    }

    static Field schema() {
        return Field.section(
                "auth",
                "How to log in.",
                Field.of("method", FieldType.TEXT, "The auth method.")
                        .choices(METHODS.toArray(String[]::new))
                        // Where mount is absent, it is the mount.
                        .destined(),
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
                Field.of(
                        "role",
                        FieldType.TEXT,
                        "The role, for kubernetes, jwt, cert and aws; for approle whose secret id a wrapping token has to hold."),
                Field.of("jwt", FieldType.SECRET, "The JSON Web Token, for jwt."),
                Field.of(
                        "jwt_file",
                        FieldType.FILE,
                        "The file with the JSON Web Token, for jwt and kubernetes; read at each login."),
                Field.of("username", FieldType.TEXT, "The user's name, for userpass."),
                Field.of("password", FieldType.SECRET, "The user's password, for userpass."),
                Field.of("region", FieldType.TEXT, "The region whose STS Vault asks, for aws.")
                        .fallback(DEFAULT_REGION)
                        .destined(),
                Field.of(
                        "server_id",
                        FieldType.TEXT,
                        "What Vault's iam_server_id_header_value says, for aws: binds the login to this Vault."),
                Field.of(
                        "access_key_id",
                        FieldType.SECRET,
                        "The access key id, for aws; without it the default credentials chain."),
                Field.of("secret_access_key", FieldType.SECRET, "The secret access key that belongs to it, for aws."),
                Field.of("session_token", FieldType.SECRET, "The session token of temporary credentials, for aws."),
                Field.of(
                        "web_identity_token_file",
                        FieldType.FILE,
                        "The file with an identity provider's token to take role_arn on with, for aws."),
                Field.of("role_arn", FieldType.TEXT, "The AWS role to take on with it, for aws."),
                Field.of(
                                "sts_endpoint_url",
                                FieldType.URI,
                                "Where STS answers, if not at the region's own address, for aws.")
                        .destined());
    }

    /** Reads {@code auth}; the client certificate of the method cert stands in {@code tls}. */
    static VaultLogin read(Settings auth, Settings tls, Credentials credentials, Duration timeout) {
        LoginSettings settings = new LoginSettings(auth, credentials, timeout);
        return switch (auth.choice("method", METHODS)) {
            case "approle" -> settings.appRole();
            case "kubernetes" -> settings.kubernetes();
            case "jwt" -> settings.jwt();
            case "cert" -> settings.certificate(tls);
            case "userpass" -> settings.userPass();
            case "aws" -> settings.aws();
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
                            ? new VaultLogin.Unwrapped("secret_id", secretId, mount, auth.optionalText("role"))
                            : new VaultLogin.Credential("secret_id", secretId));
        }
        return new VaultLogin.Posted("approle", mount.resolve("login"), steps);
    }

    private VaultLogin kubernetes() {
        if (!auth.has("jwt_file")) {
            limits.usesIdentity(auth, "jwt_file", "without it, the token of the pod's own service account");
        }
        return new VaultLogin.Posted(
                "kubernetes",
                mount("kubernetes").resolve("login"),
                List.of(
                        new VaultLogin.Plain("role", auth.text("role")),
                        new VaultLogin.Credential(
                                "jwt",
                                CredentialFile.of(
                                        auth,
                                        "jwt_file",
                                        auth.text("jwt_file", SERVICE_ACCOUNT),
                                        auth.has("jwt_file") ? limits.files() : AllowedFiles.ANY))));
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
            steps.add(new VaultLogin.Credential("jwt", CredentialFile.of(auth, "jwt_file", file, limits.files())));
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

    private VaultLogin aws() {
        List<VaultLogin.Step> steps = new ArrayList<>();
        VaultPath mount = mount("aws");
        addRole("role", steps);
        String region = auth.text("region", DEFAULT_REGION);
        if (!region.matches("[a-z0-9-]{1,64}")) {
            auth.problem("region", "expected the name of a region, such as " + DEFAULT_REGION);
            region = DEFAULT_REGION;
        }
        String serverId = auth.optionalText("server_id");
        if (serverId != null && !serverId.matches("[!-~]{1,256}")) {
            auth.problem("server_id", "expected up to 256 printable characters without spaces");
        }
        steps.add(new VaultLogin.AwsSigned(new AwsProof(
                awsKeys(), Region.of(region), auth.httpUri("sts_endpoint_url"), serverId, limits.outbound(), timeout)));
        return new VaultLogin.Posted("aws", mount.resolve("login"), steps);
    }

    private AwsProof.Keys awsKeys() {
        boolean given = auth.has("access_key_id") || auth.has("secret_access_key");
        String file = auth.optionalText("web_identity_token_file");
        String role = auth.optionalText("role_arn");
        if ((file == null) != (role == null)) {
            auth.problem(file == null ? "web_identity_token_file" : "role_arn", "is required beside the other");
        }
        if (given && file != null) {
            auth.problem("web_identity_token_file", "cannot stand beside access_key_id; write one of the two");
        }
        if (given) {
            return new AwsProof.Given(
                    credentials.required(auth, "access_key_id"),
                    credentials.required(auth, "secret_access_key"),
                    credentials.optional(auth, "session_token"));
        }
        if (auth.has("session_token")) {
            auth.problem("session_token", "needs access_key_id and secret_access_key beside it");
        }
        if (file == null || role == null) {
            limits.usesIdentity(auth, "access_key_id", "without it, what AWS's default credential chain finds");
            return new AwsProof.DefaultChain();
        }
        if (!role.matches("arn:[a-z-]+:iam::[0-9]{12}:role/.+")) {
            auth.problem("role_arn", "expected a role such as arn:aws:iam::123456789012:role/apisix");
        }
        return new AwsProof.WebIdentity(CredentialFile.of(auth, "web_identity_token_file", file, limits.files()), role);
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
