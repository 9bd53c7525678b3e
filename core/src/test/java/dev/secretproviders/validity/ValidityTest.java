package dev.secretproviders.validity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.validity.Validity.State;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValidityTest {
    private static final Instant NOON = Instant.parse("2027-01-31T12:00:00Z");

    private static Validity labels(String... pairs) {
        return Validity.ofLabels("credential", texts(pairs)::get);
    }

    private static Validity fields(String... pairs) {
        return Validity.ofFields(texts(pairs)::get);
    }

    private static Map<String, String> texts(String... pairs) {
        return pairs.length == 2 ? Map.of(pairs[0], pairs[1]) : Map.of(pairs[0], pairs[1], pairs[2], pairs[3]);
    }

    @Test
    void otherNamesMeanNothing() {
        assertThat(labels("team", "pay")).isSameAs(Validity.UNLIMITED);
        assertThat(Validity.UNLIMITED.at(NOON.toEpochMilli())).isEqualTo(State.VALID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2027-01-31T12:00:00Z",
                "2027-01-31T12:00:00.000Z",
                "2027-01-31t12:00:00z",
                "2027-01-31T13:30:00+01:30",
                "1801396800"
            })
    void timesAreRfc3339OrSeconds(String text) {
        assertThat(labels("expires_at", text).end()).isEqualTo(NOON);
        assertThat(fields("not_before", text).begin()).isEqualTo(NOON);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "soon",
                "2027-01-31",
                "2027-01-31T12:00:00",
                "2027-02-30T12:00:00Z",
                "1801396800000",
                "-1",
                "1.8e9",
                "1969-12-31T23:59:59Z",
                "999999999999",
                "+999999999-12-31T23:59:59Z",
                "true"
            })
    void anythingElseIsUnreadable(String text) {
        assertThat(labels("expires_at", text).at(0)).isEqualTo(State.UNREADABLE);
        assertThat(labels("not_before", text).at(0)).isEqualTo(State.UNREADABLE);
    }

    @Test
    void beginningCountsAndEndDoesNot() {
        Validity hour = labels("not_before", "2027-01-31T11:00:00Z", "expires_at", "2027-01-31T12:00:00Z");
        long noon = NOON.toEpochMilli();
        assertThat(hour.at(noon - 3_600_001)).isEqualTo(State.NOT_YET);
        assertThat(hour.at(noon - 3_600_000)).isEqualTo(State.VALID);
        assertThat(hour.at(noon - 1)).isEqualTo(State.VALID);
        assertThat(hour.at(noon)).isEqualTo(State.EXPIRED);
        assertThat(hour.left(noon - 5)).isEqualTo(5);
        assertThat(hour.left(noon + 5)).isZero();
    }

    @Test
    void disabledIsTrueOrFalse() {
        assertThat(labels("disabled", "true").at(0)).isEqualTo(State.DISABLED);
        assertThat(labels("disabled", "false")).isEqualTo(Validity.UNLIMITED);
        for (String text : new String[] {"", "yes", "TRUE", "1"}) {
            assertThat(labels("disabled", text).at(0)).as(text).isEqualTo(State.UNREADABLE);
        }
    }

    @Test
    void problemNamesTheFieldAndWhatToWrite() {
        assertThat(labels("expires_at", "soon").problem())
                .isEqualTo("the credential's label expires_at ('soon') is not a time; write one like"
                        + " 2027-01-31T12:00:00Z, or seconds since 1970");
        assertThat(labels("disabled", "yes").problem())
                .isEqualTo("the credential's label disabled ('yes') is neither true nor false; write one of them");
        assertThat(labels("not_before", "5", "expires_at", "5").problem())
                .isEqualTo("the credential's label not_before is not before expires_at; write an earlier not_before or"
                        + " a later expires_at");
    }

    @Test
    void problemOfASecretHoldsNothingOfIt() {
        assertThat(fields("expires_at", "canary").problem())
                .startsWith("the secret's field expires_at is not a time")
                .doesNotContain("canary");
    }

    @Test
    void stricterOfTwoCounts() {
        Validity both = labels("not_before", "100", "expires_at", "1000")
                .and(fields("not_before", "200", "expires_at", "2000"));
        assertThat(both.begin()).isEqualTo(Instant.ofEpochSecond(200));
        assertThat(both.end()).isEqualTo(Instant.ofEpochSecond(1000));
        assertThat(both.and(labels("disabled", "true")).at(300_000)).isEqualTo(State.DISABLED);
        assertThat(both.and(labels("disabled", "maybe")).at(300_000)).isEqualTo(State.UNREADABLE);
        assertThat(both.and(Validity.UNLIMITED)).isSameAs(both);
        assertThat(Validity.UNLIMITED.and(both)).isSameAs(both);
    }

    @Test
    void boundsThatLeaveNoTimeAreUnreadable() {
        Validity none = labels("not_before", "2000").and(fields("expires_at", "1000"));
        assertThat(none.at(0)).isEqualTo(State.UNREADABLE);
        assertThat(none.problem())
                .startsWith("the limits of the consumer, the credential and its secrets leave no time: not_before is ")
                .endsWith("; write a later expires_at or an earlier not_before");
    }

    @Test
    void withoutTimesOnlyWhetherItCountsAtAllIsLeft() {
        assertThat(labels("expires_at", "1000").withoutTimes()).isSameAs(Validity.UNLIMITED);
        assertThat(labels("expires_at", "1000", "disabled", "true")
                        .withoutTimes()
                        .at(5_000_000))
                .isEqualTo(State.DISABLED);
        assertThat(labels("expires_at", "x").withoutTimes().at(0)).isEqualTo(State.UNREADABLE);
    }
}
