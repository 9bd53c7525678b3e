package dev.secretproviders.provider.aws;

import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.DrillPath;
import dev.secretproviders.spi.ObjectSchema;
import dev.secretproviders.spi.ObjectSchema.Field;
import dev.secretproviders.spi.ObjectSchema.FieldType;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.regions.Region;

/** Makes providers that read from AWS Secrets Manager. */
public final class AwsProviderFactory implements ProviderFactory {
    private static final Pattern ENDPOINT =
            Pattern.compile("(?:^|\\.)secretsmanager(?:-fips)?\\.([a-z0-9-]+)\\.(?:vpce\\.)?amazonaws\\.com");
    private static final String DEFAULT_REGION = "us-east-1";
    private static final String DEFAULT_SESSION = "secret-providers";

    @Override
    public String manager() {
        return "aws";
    }

    @Override
    public ObjectSchema schema() {
        return new ObjectSchema(List.of(
                Field.of("region", FieldType.TEXT, "The AWS region.")
                        .fallback(DEFAULT_REGION)
                        .destined(),
                Field.of(
                                "endpoint_url",
                                FieldType.URI,
                                "Where Secrets Manager answers, if not at the region's own address.")
                        .destined(),
                Field.of(
                        "access_key_id",
                        FieldType.SECRET,
                        "The access key id; without it the default credentials chain."),
                Field.of("secret_access_key", FieldType.SECRET, "The secret access key that belongs to it."),
                Field.of("session_token", FieldType.SECRET, "The session token of temporary credentials."),
                Field.of("profile", FieldType.TEXT, "The profile to take credentials from, in AWS's own files."),
                Field.of("role_arn", FieldType.TEXT, "The role to take on."),
                Field.of("external_id", FieldType.TEXT, "The external id that the role asks for."),
                Field.of("role_session_name", FieldType.TEXT, "How the role's session is called in CloudTrail.")
                        .fallback(DEFAULT_SESSION),
                Field.of(
                        "web_identity_token_file",
                        FieldType.FILE,
                        "The file with an identity provider's token to take the role on with."),
                DrillPath.schema(),
                Field.of("sts_endpoint_url", FieldType.URI, "Where STS answers, if not at the region's own address.")
                        .destined()));
    }

    @Override
    public SecretProvider create(ProviderId id, Settings settings, Duration timeout, Credentials credentials) {
        String region = settings.text("region", DEFAULT_REGION);
        if (!region.matches("[a-z0-9-]{1,64}")) {
            settings.problem("region", "expected the name of a region, such as " + DEFAULT_REGION);
            region = DEFAULT_REGION;
        } else if (region.matches("[a-z]{2}(-[a-z]+)+-[0-9][a-z]")) {
            settings.problem(
                    "region",
                    "is an availability zone; write its region, '" + region.substring(0, region.length() - 1) + "'");
        }
        URI endpoint = settings.httpUri("endpoint_url");
        ProviderReach limits = ProviderReach.of(credentials);
        AwsLogin login =
                new AwsLogin(identity(settings, credentials, limits), Region.of(region), limits.outbound(), timeout);
        AwsClient client = new AwsClient(Region.of(region), endpoint, login, limits.outbound(), timeout);
        return new AwsProvider(id, client, DrillPath.read(settings), hints(region, endpoint));
    }

    /** Requests are signed for the region, whatever the endpoint's name says. */
    private static List<String> hints(String region, @Nullable URI endpoint) {
        Matcher named = ENDPOINT.matcher(endpoint == null ? "" : endpoint.getHost());
        return named.find() && !named.group(1).equals(region)
                ? List.of("endpoint_url is that of the region '" + named.group(1) + "', but region is '" + region
                        + "', for which requests are signed: set region to '" + named.group(1) + "'")
                : List.of();
    }

    private static AwsIdentity identity(Settings settings, Credentials credentials, ProviderReach limits) {
        AwsIdentity.Own own = own(settings, credentials);
        AwsIdentity.Role role = role(settings);
        String externalId = settings.optionalText("external_id");
        String tokenFile = settings.optionalText("web_identity_token_file");
        if (role == null) {
            for (String field : List.of("external_id", "web_identity_token_file")) {
                if (settings.has(field)) {
                    settings.problem(field, "needs role_arn beside it");
                }
            }
            tellIdentity(settings, own, limits);
            return own;
        }
        if (tokenFile == null) {
            tellIdentity(settings, own, limits);
            return new AwsIdentity.AssumedRole(own, role, externalId);
        }
        if (!(own instanceof AwsIdentity.DefaultChain) || externalId != null) {
            settings.problem("web_identity_token_file", "cannot stand beside access_key_id, profile or external_id");
        }
        return new AwsIdentity.WebIdentity(
                CredentialFile.of(settings, "web_identity_token_file", tokenFile, limits.files()), role);
    }

    private static void tellIdentity(Settings settings, AwsIdentity.Own own, ProviderReach limits) {
        switch (own) {
            case AwsIdentity.Configured _ -> {}
            case AwsIdentity.Profile _ ->
                limits.usesIdentity(settings, "profile", "a profile of the user that the runner runs as");
            case AwsIdentity.DefaultChain _ ->
                limits.usesIdentity(settings, "access_key_id", "without it, what AWS's default credential chain finds");
        }
    }

    private static AwsIdentity.@Nullable Role role(Settings settings) {
        URI endpoint = settings.httpUri("sts_endpoint_url");
        String session = settings.text("role_session_name", DEFAULT_SESSION);
        if (!session.matches("[A-Za-z0-9_+=,.@-]{2,64}")) {
            settings.problem("role_session_name", "expected 2 to 64 letters, digits and characters of _+=,.@-");
        }
        String arn = settings.optionalText("role_arn");
        if (arn == null) {
            return null;
        }
        if (!arn.matches("arn:[a-z-]+:iam::[0-9]{12}:role/.+")) {
            settings.problem("role_arn", "expected a role such as arn:aws:iam::123456789012:role/apisix");
        }
        return new AwsIdentity.Role(arn, session, endpoint);
    }

    private static AwsIdentity.Own own(Settings settings, Credentials credentials) {
        boolean configured = settings.has("access_key_id") || settings.has("secret_access_key");
        String profile = settings.optionalText("profile");
        if (configured) {
            if (profile != null) {
                settings.problem("profile", "cannot stand beside access_key_id; write one of the two");
            }
            return new AwsIdentity.Configured(
                    credentials.required(settings, "access_key_id"),
                    credentials.required(settings, "secret_access_key"),
                    credentials.optional(settings, "session_token"));
        }
        if (settings.has("session_token")) {
            settings.problem("session_token", "needs access_key_id and secret_access_key beside it");
        }
        return profile == null ? new AwsIdentity.DefaultChain() : new AwsIdentity.Profile(profile);
    }
}
