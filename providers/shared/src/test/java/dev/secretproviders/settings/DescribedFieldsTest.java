package dev.secretproviders.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a descriptor says of a field holds when the field is read. */
final class DescribedFieldsTest {
    private static final Field METHOD =
            Field.of("method", FieldType.TEXT, "").choices("token", "user").build();
    private static final Field TOKEN = Field.of("token", FieldType.SECRET, "")
            .requiredWhen("method", "token")
            .onlyWhen("method", "token")
            .build();
    private static final Field USER = Field.of("user", FieldType.TEXT, "")
            .requiredWhen("method", "user")
            .onlyWhen("method", "user")
            .build();
    private static final Field AUTH =
            Field.section("auth", "", METHOD, TOKEN, USER).build();
    private static final Field KEY =
            Field.of("key", FieldType.TEXT, "").excludes("auth").build();
    private static final Field REGION = Field.of("region", FieldType.TEXT, "")
            .fallback("eu-1")
            .pattern("[a-z0-9-]+", "the name of a region")
            .build();
    private static final Field HOST =
            Field.of("host", FieldType.URI, "").required().build();
    private static final Field SIZE = Field.of("size", FieldType.INTEGER, "")
            .range(10, 20)
            .orZero()
            .fallback(15)
            .build();
    private static final Field PAUSE = Field.of("pause", FieldType.DURATION, "")
            .range(Duration.ofMillis(100), Duration.ofMinutes(1))
            .fallback("5s")
            .build();
    private static final Field NOTE =
            Field.of("note", FieldType.TEXT, "").onlyWhen("key").build();
    private static final Descriptor DESCRIPTOR = Descriptor.of(AUTH, KEY, REGION, HOST, SIZE, PAUSE, NOTE);

    private final Problems problems = new Problems();

    private Settings settings(Map<String, ?> tree) {
        return Settings.root(tree, problems);
    }

    @Test
    void absentFieldHasItsDefault() {
        Settings settings = settings(Map.of("host", "https://host"));

        assertThat(settings.text(REGION)).isEqualTo("eu-1");
        assertThat(settings.integer(SIZE)).isEqualTo(15);
        assertThat(settings.duration(PAUSE)).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.section(AUTH).text(METHOD)).isEqualTo("token");
        assertThat(settings.optionalText(NOTE)).isNull();
        settings.check(DESCRIPTOR);
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void wrongValueIsToldWithWhatTheDescriptorTakes() {
        Settings settings =
                settings(Map.of("region", "No Region", "size", 5, "pause", "2m", "auth", Map.of("method", "x")));

        assertThat(settings.text(REGION)).as("a harmless value").isEqualTo("eu-1");
        settings.integer(SIZE);
        settings.duration(PAUSE);
        settings.httpUri(HOST);
        settings.section(AUTH).text(METHOD);
        assertThat(problems.lines())
                .containsExactly(
                        "region: expected the name of a region",
                        "size: expected 0 for no limit, or at least 10",
                        "pause: expected a duration from 100ms to 1m",
                        "host: is required",
                        "auth.method: expected one of token, user");
    }

    @Test
    void zeroIsTakenWhereItIsAllowed() {
        assertThat(settings(Map.of("size", 0)).integer(SIZE)).isZero();
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void whatFieldsSayOfEachOtherIsChecked() {
        assertThat(checked(Map.of("host", "h", "auth", Map.of("method", "user"))))
                .containsExactly("auth.user: is required");
        assertThat(checked(Map.of("host", "h", "auth", Map.of("method", "USER", "user", "u"))))
                .isEmpty();
        assertThat(checked(Map.of("host", "h", "auth", Map.of("user", "u"))))
                .as("the default method")
                .containsExactly(
                        "auth.token: is required", "auth.user: means nothing to the method token; it belongs to user");
        assertThat(checked(Map.of("host", "h", "key", "k", "auth", Map.of("token", "t"))))
                .containsExactly("key: cannot be used together with auth; write one of them");
        assertThat(checked(Map.of("host", "h", "note", "n"))).containsExactly("note: needs key");
        assertThat(checked(Map.of())).as("no section, no fields of it").containsExactly("host: is required");
    }

    /** What a rule says of a field is enough; that it was not read either would only confuse. */
    @Test
    void fieldThatBelongsToSomethingElseIsToldOnce() {
        Settings settings = settings(Map.of("auth", Map.of("token", "t", "user", "u")));
        settings.section(AUTH).text(METHOD);
        settings.section(AUTH).text(TOKEN);
        settings.check(Descriptor.of(AUTH));
        settings.finish();

        assertThat(problems.lines())
                .containsExactly("auth.user: means nothing to the method token; it belongs to user");
    }

    @Test
    void managerWithAddressesTakesThePermissionForPlaintext() {
        assertThat(DESCRIPTOR.connects()).isTrue();
        assertThat(CommonFields.all(DESCRIPTOR)).contains(CommonFields.TLS).containsAll(CommonFields.ALL);
        assertThat(CommonFields.connection(Descriptor.of(KEY))).containsExactly(KEY);
        Field own = Field.section("tls", "", KEY).label("Own").build();
        assertThat(CommonFields.connection(Descriptor.of(HOST, own)).get(1))
                .satisfies(section -> assertThat(section.label()).isEqualTo("Own"))
                .extracting(Field::fields)
                .isEqualTo(List.of(KEY, CommonFields.ALLOW_PLAINTEXT));
    }

    @Test
    void nameForPeopleIsMadeFromTheName() {
        assertThat(Field.of("sts_endpoint_url", FieldType.URI, "").build().label())
                .isEqualTo("STS endpoint URL");
        assertThat(Field.of("role_arn", FieldType.TEXT, "").build().label()).isEqualTo("Role ARN");
    }

    private List<String> checked(Map<String, ?> tree) {
        Problems found = new Problems();
        Settings.root(tree, found).check(DESCRIPTOR);
        return found.lines();
    }
}
