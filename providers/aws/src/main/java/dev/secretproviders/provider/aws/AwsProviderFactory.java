package dev.secretproviders.provider.aws;

import dev.secretproviders.limits.Place;
import dev.secretproviders.limits.ProviderReach;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.DrillPath;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.regions.Region;

/** Makes providers that read from AWS Secrets Manager. */
public final class AwsProviderFactory implements ProviderFactory {
    private static final Pattern ENDPOINT =
            Pattern.compile("(?:^|\\.)secretsmanager(?:-fips)?\\.([a-z0-9-]+)\\.(?:vpce\\.)?amazonaws\\.com");
    private static final Pattern QUEUE_HOST =
            Pattern.compile("(?:^|\\.)sqs(?:-fips)?\\.([a-z0-9-]+)\\.(?:vpce\\.)?amazonaws\\.com");
    private static final Pattern QUEUE_PATH = Pattern.compile("/[0-9]{12}/[A-Za-z0-9_-]{1,80}(?:\\.fifo)?");
    private static final String DEFAULT_REGION = "us-east-1";

    private static final Field REGION = Field.of("region", FieldType.TEXT, "The AWS region.")
            .fallback(DEFAULT_REGION)
            .pattern("[a-z0-9-]{1,64}", "the name of a region, such as " + DEFAULT_REGION)
            .destination()
            .build();

    private static final Field ENDPOINT_URL = Field.of(
                    "endpoint_url",
                    FieldType.URI,
                    "Where Secrets Manager answers, as for LocalStack, moto and VPC endpoints.")
            .absent("the region's own")
            .destination()
            .build();

    private static final Field ACCESS_KEY_ID = Field.of("access_key_id", FieldType.SECRET, "The access key id.")
            .absent("the default credential chain of AWS")
            .requiredWhen("secret_access_key")
            .build();

    private static final Field SECRET_ACCESS_KEY = Field.of(
                    "secret_access_key", FieldType.SECRET, "The secret access key that belongs to access_key_id.")
            .requiredWhen("access_key_id")
            .build();

    private static final Field SESSION_TOKEN = Field.of(
                    "session_token", FieldType.SECRET, "The session token of temporary keys.")
            .onlyWhen("access_key_id")
            .build();

    private static final Field PROFILE = Field.of(
                    "profile",
                    FieldType.TEXT,
                    "The profile in the AWS files of the user that the runner runs as, instead of keys.")
            .excludes("access_key_id", "secret_access_key")
            .build();

    private static final Field ROLE_ARN = Field.of(
                    "role_arn", FieldType.TEXT, "The role to assume with the keys, the profile or the default chain.")
            .pattern("arn:[a-z-]+:iam::[0-9]{12}:role/.+", "a role such as arn:aws:iam::123456789012:role/apisix")
            .build();

    private static final Field EXTERNAL_ID = Field.of(
                    "external_id", FieldType.TEXT, "The external id that the trust policy of the role asks for.")
            .onlyWhen("role_arn")
            .build();

    private static final Field ROLE_SESSION_NAME = Field.of(
                    "role_session_name", FieldType.TEXT, "The name of the role's session in CloudTrail.")
            .fallback("secret-providers")
            .pattern("[A-Za-z0-9_+=,.@-]{2,64}", "2 to 64 letters, digits and characters of _+=,.@-")
            .build();

    private static final Field WEB_IDENTITY_TOKEN_FILE = Field.of(
                    "web_identity_token_file",
                    FieldType.FILE,
                    "The file with an identity provider's token to assume the role with, read again each time.")
            .onlyWhen("role_arn")
            .excludes("access_key_id", "secret_access_key", "profile", "external_id")
            .build();

    private static final Field STS_ENDPOINT_URL = Field.of("sts_endpoint_url", FieldType.URI, "Where STS answers.")
            .absent("the region's own")
            .destination()
            .build();

    private static final Field QUEUE_URL = Field.of(
                    "queue_url",
                    FieldType.URI,
                    "The SQS queue that EventBridge sends events about secrets to. The runner deletes them from it.")
            .label("Queue URL")
            .example("https://sqs.eu-central-1.amazonaws.com/123456789012/apisix-secrets")
            .destination()
            .build();

    private static final Field EVENTS = Field.section("events", "How the runner is told of changes at once.", QUEUE_URL)
            .build();

    private final Function<Duration, EventQueue.Pauses> pauses;

    public AwsProviderFactory() {
        this(EventQueue.Pauses::usual);
    }

    /** @param pauses the pauses between polls of the queue, by the provider's timeout */
    AwsProviderFactory(Function<Duration, EventQueue.Pauses> pauses) {
        this.pauses = pauses;
    }

    @Override
    public String manager() {
        return "aws";
    }

    @Override
    public Descriptor descriptor() {
        return Descriptor.of(
                REGION,
                ENDPOINT_URL,
                ACCESS_KEY_ID,
                SECRET_ACCESS_KEY,
                SESSION_TOKEN,
                PROFILE,
                ROLE_ARN,
                EXTERNAL_ID,
                ROLE_SESSION_NAME,
                WEB_IDENTITY_TOKEN_FILE,
                DrillPath.FIELD,
                STS_ENDPOINT_URL,
                EVENTS);
    }

    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        String region = values.text(REGION);
        if (region.matches("[a-z]{2}(-[a-z]+)+-[0-9][a-z]")) {
            values.problem(
                    REGION,
                    "is an availability zone; write its region, '" + region.substring(0, region.length() - 1) + "'");
        }
        URI endpoint = values.httpUri(ENDPOINT_URL);
        ProviderReach limits = ProviderReach.of(credentials);
        Place place = new Place(endpoint == null ? AwsClient.usualEndpoint(Region.of(region)) : endpoint, null);
        limits.connectsTo(() -> place);
        AwsLogin login =
                new AwsLogin(identity(values, credentials, limits), Region.of(region), limits.outbound(), timeout);
        AwsClient client = new AwsClient(Region.of(region), endpoint, login, limits.outbound(), timeout);
        EventQueue.Place queue = queue(id, values.section(EVENTS), region);
        return new AwsProvider(
                id,
                client,
                DrillPath.read(values),
                hints(region, endpoint),
                queue == null ? null : new EventQueue(queue, login, limits.outbound(), pauses.apply(timeout)));
    }

    /** The region is that of the queue, since a queue serves secrets of any region. */
    private static EventQueue.@Nullable Place queue(ProviderId id, FieldValues events, String region) {
        URI url = events.httpUri(QUEUE_URL);
        if (url == null) {
            return null;
        }
        if (!QUEUE_PATH.matcher(String.valueOf(url.getRawPath())).matches()) {
            events.problem(QUEUE_URL, "expected a queue's whole URL, such as " + QUEUE_URL.example());
            return null;
        }
        Matcher named = QUEUE_HOST.matcher(url.getHost());
        return new EventQueue.Place(url, Region.of(named.find() ? named.group(1) : region), id);
    }

    /** Requests are signed for the region, whatever the endpoint's name says. */
    private static List<String> hints(String region, @Nullable URI endpoint) {
        Matcher named = ENDPOINT.matcher(endpoint == null ? "" : endpoint.getHost());
        return named.find() && !named.group(1).equals(region)
                ? List.of("endpoint_url is that of the region '" + named.group(1) + "', but region is '" + region
                        + "', for which requests are signed: set region to '" + named.group(1) + "'")
                : List.of();
    }

    private static AwsIdentity identity(FieldValues values, Credentials credentials, ProviderReach limits) {
        AwsIdentity.Own own = own(values, credentials);
        AwsIdentity.Role role = role(values);
        String externalId = values.optionalText(EXTERNAL_ID);
        String tokenFile = values.optionalText(WEB_IDENTITY_TOKEN_FILE);
        if (role == null) {
            reportIdentity(values, own, limits);
            return own;
        }
        if (tokenFile == null) {
            reportIdentity(values, own, limits);
            return new AwsIdentity.AssumedRole(own, role, externalId);
        }
        return new AwsIdentity.WebIdentity(
                CredentialFile.of(values, WEB_IDENTITY_TOKEN_FILE, tokenFile, limits.files()), role);
    }

    private static void reportIdentity(FieldValues values, AwsIdentity.Own own, ProviderReach limits) {
        switch (own) {
            case AwsIdentity.Configured _ -> {}
            case AwsIdentity.Profile _ ->
                limits.usesIdentity(values, PROFILE, "a profile of the user that the runner runs as");
            case AwsIdentity.DefaultChain _ ->
                limits.usesIdentity(values, ACCESS_KEY_ID, "without it, what AWS's default credential chain finds");
        }
    }

    private static AwsIdentity.@Nullable Role role(FieldValues values) {
        URI endpoint = values.httpUri(STS_ENDPOINT_URL);
        String session = values.text(ROLE_SESSION_NAME);
        String arn = values.optionalText(ROLE_ARN);
        if (arn == null) {
            return null;
        }
        return new AwsIdentity.Role(arn, session, endpoint);
    }

    private static AwsIdentity.Own own(FieldValues values, Credentials credentials) {
        boolean configured = values.has(ACCESS_KEY_ID) || values.has(SECRET_ACCESS_KEY);
        String profile = values.optionalText(PROFILE);
        if (configured) {
            return new AwsIdentity.Configured(
                    credentials.required(values, ACCESS_KEY_ID),
                    credentials.required(values, SECRET_ACCESS_KEY),
                    credentials.optional(values, SESSION_TOKEN));
        }
        return profile == null ? new AwsIdentity.DefaultChain() : new AwsIdentity.Profile(profile);
    }
}
