package dev.secretproviders.provider.vault;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.TlsFields;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.ProviderFactory.Credentials;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.regions.Region;

/** The section {@code auth} of a Vault provider. */
final class LoginSettings {
    private static final String SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    private static final Field METHOD = Field.of("method", FieldType.TEXT, "The auth method.")
            .choices("token", "approle", "kubernetes", "jwt", "cert", "userpass", "aws")
            // Where mount is absent, it is the mount.
            .destination()
            .build();

    private static final Field MOUNT = Field.of("mount", FieldType.TEXT, "Where the auth method is mounted.")
            .absent("the method's name")
            .destination()
            .build();

    private static final Field TOKEN = Field.of("token", FieldType.SECRET, "The token.")
            .requiredWhen("method", "token")
            .onlyWhen("method", "token")
            .build();

    private static final Field ROLE_ID = Field.of("role_id", FieldType.SECRET, "The role id.")
            .requiredWhen("method", "approle")
            .onlyWhen("method", "approle")
            .build();

    private static final Field SECRET_ID = Field.of(
                    "secret_id", FieldType.SECRET, "The secret id, or its wrapping token.")
            .onlyWhen("method", "approle")
            .build();

    private static final Field SECRET_ID_WRAPPED = Field.of(
                    "secret_id_wrapped",
                    FieldType.FLAG,
                    "Whether secret_id is a wrapping token that the secret id is fetched with.")
            .fallback(false)
            .onlyWhen("method", "approle")
            .build();

    private static final Field ROLE = Field.of(
                    "role",
                    FieldType.TEXT,
                    "The role; for approle the one whose secret id a wrapping token has to hold.")
            .requiredWhen("method", "kubernetes")
            .onlyWhen("method", "approle", "kubernetes", "jwt", "cert", "aws")
            .build();

    private static final Field JWT = Field.of("jwt", FieldType.SECRET, "The JSON Web Token; required without jwt_file.")
            .onlyWhen("method", "jwt")
            .excludes("jwt_file")
            .build();

    private static final Field JWT_FILE = Field.of(
                    "jwt_file", FieldType.FILE, "The file with the JSON Web Token, read again at each login.")
            .absent("for kubernetes the pod's service account")
            .onlyWhen("method", "jwt", "kubernetes")
            .build();

    private static final Field USERNAME = Field.of("username", FieldType.TEXT, "The user's name.")
            .requiredWhen("method", "userpass")
            .onlyWhen("method", "userpass")
            .build();

    private static final Field PASSWORD = Field.of("password", FieldType.SECRET, "The user's password.")
            .requiredWhen("method", "userpass")
            .onlyWhen("method", "userpass")
            .build();

    private static final Field REGION = Field.of("region", FieldType.TEXT, "The region whose STS Vault asks.")
            .fallback("us-east-1")
            .pattern("[a-z0-9-]{1,64}", "the name of a region, such as us-east-1")
            .onlyWhen("method", "aws")
            .destination()
            .build();

    private static final Field SERVER_ID = Field.of(
                    "server_id",
                    FieldType.TEXT,
                    "The value of Vault's iam_server_id_header_value, which binds the login to this Vault.")
            .label("Server ID")
            .pattern("[!-~]{1,256}", "up to 256 printable characters without spaces")
            .onlyWhen("method", "aws")
            .build();

    private static final Field ACCESS_KEY_ID = Field.of("access_key_id", FieldType.SECRET, "The access key id.")
            .absent("the default credential chain of AWS")
            .requiredWhen("secret_access_key")
            .onlyWhen("method", "aws")
            .build();

    private static final Field SECRET_ACCESS_KEY = Field.of(
                    "secret_access_key", FieldType.SECRET, "The secret access key that belongs to access_key_id.")
            .requiredWhen("access_key_id")
            .onlyWhen("method", "aws")
            .build();

    private static final Field SESSION_TOKEN = Field.of(
                    "session_token", FieldType.SECRET, "The session token of temporary keys, with access_key_id.")
            .onlyWhen("access_key_id")
            .build();

    private static final Field WEB_IDENTITY_TOKEN_FILE = Field.of(
                    "web_identity_token_file",
                    FieldType.FILE,
                    "The file with an identity provider's token to assume role_arn with.")
            .requiredWhen("role_arn")
            .onlyWhen("method", "aws")
            .excludes("access_key_id", "secret_access_key")
            .build();

    private static final Field ROLE_ARN = Field.of(
                    "role_arn", FieldType.TEXT, "The AWS role to assume with web_identity_token_file.")
            .pattern("arn:[a-z-]+:iam::[0-9]{12}:role/.+", "a role such as arn:aws:iam::123456789012:role/apisix")
            .requiredWhen("web_identity_token_file")
            .onlyWhen("method", "aws")
            .build();

    private static final Field STS_ENDPOINT_URL = Field.of("sts_endpoint_url", FieldType.URI, "Where STS answers.")
            .absent("the region's own")
            .onlyWhen("method", "aws")
            .destination()
            .build();

    /** The section itself. */
    static final Field AUTH = Field.section(
                    "auth",
                    "How to log in, instead of the field token.",
                    METHOD,
                    MOUNT,
                    TOKEN,
                    ROLE_ID,
                    SECRET_ID,
                    SECRET_ID_WRAPPED,
                    ROLE,
                    JWT,
                    JWT_FILE,
                    USERNAME,
                    PASSWORD,
                    REGION,
                    SERVER_ID,
                    ACCESS_KEY_ID,
                    SECRET_ACCESS_KEY,
                    SESSION_TOKEN,
                    WEB_IDENTITY_TOKEN_FILE,
                    ROLE_ARN,
                    STS_ENDPOINT_URL)
            .label("Login")
            .build();

    private final FieldValues auth;
    private final Credentials credentials;
    private final ProviderReach limits;
    private final Duration timeout;

    private LoginSettings(FieldValues auth, Credentials credentials, Duration timeout) {
        this.auth = auth;
        this.credentials = credentials;
        this.limits = ProviderReach.of(credentials);
        this.timeout = timeout;
    }

    /** Reads {@code auth}; the client certificate of the method cert stands in {@code tls}. */
    static VaultLogin read(FieldValues auth, FieldValues tls, Credentials credentials, Duration timeout) {
        LoginSettings settings = new LoginSettings(auth, credentials, timeout);
        return switch (auth.text(METHOD)) {
            case "approle" -> settings.appRole();
            case "kubernetes" -> settings.kubernetes();
            case "jwt" -> settings.jwt();
            case "cert" -> settings.certificate(tls);
            case "userpass" -> settings.userPass();
            case "aws" -> settings.aws();
            default -> new VaultLogin.Token(credentials.required(auth, TOKEN));
        };
    }

    private VaultLogin appRole() {
        List<VaultLogin.Step> steps = new ArrayList<>();
        VaultPath mount = mount("approle");
        steps.add(new VaultLogin.Credential("role_id", credentials.required(auth, ROLE_ID)));
        CredentialSource secretId = credentials.optional(auth, SECRET_ID);
        boolean wrapped = auth.flag(SECRET_ID_WRAPPED);
        if (wrapped && secretId == null) {
            auth.problem(SECRET_ID, "is required together with secret_id_wrapped: the wrapping token");
        }
        if (secretId != null) {
            steps.add(
                    wrapped
                            ? new VaultLogin.Unwrapped("secret_id", secretId, mount, auth.optionalText(ROLE))
                            : new VaultLogin.Credential("secret_id", secretId));
        }
        return new VaultLogin.Posted("approle", mount.resolve("login"), steps);
    }

    private VaultLogin kubernetes() {
        String jwtFile = auth.optionalText(JWT_FILE);
        if (jwtFile == null) {
            limits.usesIdentity(auth, JWT_FILE, "without it, the token of the pod's own service account");
        }
        return new VaultLogin.Posted(
                "kubernetes",
                mount("kubernetes").resolve("login"),
                List.of(
                        new VaultLogin.Plain("role", auth.text(ROLE)),
                        new VaultLogin.Credential(
                                "jwt",
                                CredentialFile.of(
                                        auth,
                                        JWT_FILE,
                                        jwtFile == null ? SERVICE_ACCOUNT : jwtFile,
                                        jwtFile == null ? AllowedFiles.ANY : limits.files()))));
    }

    private VaultLogin jwt() {
        List<VaultLogin.Step> steps = new ArrayList<>();
        VaultPath mount = mount("jwt");
        addRole("role", steps);
        CredentialSource jwt = credentials.optional(auth, JWT);
        String file = auth.optionalText(JWT_FILE);
        if (jwt == null && file == null) {
            auth.problem(JWT, "is required, or jwt_file");
        }
        if (jwt != null) {
            steps.add(new VaultLogin.Credential("jwt", jwt));
        } else if (file != null) {
            steps.add(new VaultLogin.Credential("jwt", CredentialFile.of(auth, JWT_FILE, file, limits.files())));
        }
        return new VaultLogin.Posted("jwt", mount.resolve("login"), steps);
    }

    private VaultLogin certificate(FieldValues tls) {
        List<VaultLogin.Step> steps = new ArrayList<>();
        VaultPath mount = mount("cert");
        addRole("name", steps);
        if (!tls.has(TlsFields.CERT_FILE)) {
            auth.problem(METHOD, "cert needs tls.cert_file and tls.key_file");
        }
        return new VaultLogin.Posted("cert", mount.resolve("login"), steps);
    }

    private VaultLogin userPass() {
        VaultPath mount = mount("userpass");
        String username = auth.text(USERNAME);
        VaultPath path = mount.resolve("login");
        try {
            // The name is one segment, whatever stands in it.
            path = username.isEmpty() ? path : path.resolve(username);
            if (username.contains("/")) {
                throw new IllegalArgumentException("a slash");
            }
        } catch (IllegalArgumentException e) {
            auth.problem(USERNAME, "has a character that no user's name has");
        }
        return new VaultLogin.Posted(
                "userpass", path, List.of(new VaultLogin.Credential("password", credentials.required(auth, PASSWORD))));
    }

    private VaultLogin aws() {
        List<VaultLogin.Step> steps = new ArrayList<>();
        VaultPath mount = mount("aws");
        addRole("role", steps);
        String region = auth.text(REGION);
        String serverId = auth.optionalText(SERVER_ID);
        steps.add(new VaultLogin.AwsSigned(new AwsProof(
                awsKeys(), Region.of(region), auth.httpUri(STS_ENDPOINT_URL), serverId, limits.outbound(), timeout)));
        return new VaultLogin.Posted("aws", mount.resolve("login"), steps);
    }

    private AwsProof.Keys awsKeys() {
        boolean given = auth.has(ACCESS_KEY_ID) || auth.has(SECRET_ACCESS_KEY);
        String file = auth.optionalText(WEB_IDENTITY_TOKEN_FILE);
        String role = auth.optionalText(ROLE_ARN);
        if (given) {
            return new AwsProof.Given(
                    credentials.required(auth, ACCESS_KEY_ID),
                    credentials.required(auth, SECRET_ACCESS_KEY),
                    credentials.optional(auth, SESSION_TOKEN));
        }
        if (file == null || role == null) {
            limits.usesIdentity(auth, ACCESS_KEY_ID, "without it, what AWS's default credential chain finds");
            return new AwsProof.DefaultChain();
        }
        return new AwsProof.WebIdentity(CredentialFile.of(auth, WEB_IDENTITY_TOKEN_FILE, file, limits.files()), role);
    }

    /** Where the role is left out, the method takes its default role, or any that fits. */
    private void addRole(String field, List<VaultLogin.Step> steps) {
        @Nullable String role = auth.optionalText(ROLE);
        if (role != null) {
            steps.add(new VaultLogin.Plain(field, role));
        }
    }

    private VaultPath mount(String method) {
        VaultPath base = VaultPath.of("auth");
        String mount = auth.optionalText(MOUNT);
        try {
            return base.resolve(VaultPath.of(mount == null ? method : mount));
        } catch (IllegalArgumentException e) {
            auth.problem(MOUNT, "is not the path of an auth method, such as " + method);
            return base.resolve(method);
        }
    }
}
