package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.jwt.JwtClaims.TimeClaim;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Claims as {@code apisix/plugins/jwt-auth.lua} and its parser judge them. */
class JwtClaimsTest {
    private static @Nullable JwtClaims parse(String json, String keyClaim) {
        return JwtClaims.parse(json.replace('`', '"').getBytes(StandardCharsets.UTF_8), keyClaim);
    }

    private static JwtClaims claims(String json) {
        return Objects.requireNonNull(parse(json, "key"));
    }

    private static Set<TimeClaim> demanded(@Nullable String names) {
        Set<TimeClaim> demanded = EnumSet.noneOf(TimeClaim.class);
        if (names != null) {
            Arrays.stream(names.split(" ")).map(TimeClaim::valueOf).forEach(demanded::add);
        }
        return demanded;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{`key`:`jack`}            | true  | jack",
                "{`a`:{`key`:`no`},`key`:`jack`,`b`:[{`key`:1}]} | true | jack",
                "{`key`:7}                 | true  |",
                "{`key`:true}              | true  |",
                "{`key`:null}              | true  |",
                "{`key`:{}}                | true  |",
                "{`key`:false}             | false |",
                "{`Key`:`jack`}            | false |",
                "{}                        | false |"
            })
    void keyIsReadAsApisixDoes(String json, boolean there, @Nullable String key) {
        assertThat(claims(json).hasKey()).isEqualTo(there);
        assertThat(claims(json).key()).isEqualTo(key);
    }

    @Test
    void keyMayBeInAnotherClaim() {
        assertThat(parse("{`iss`:`jack`,`key`:`no`}", "iss"))
                .extracting(JwtClaims::key)
                .isEqualTo("jack");
        JwtClaims inExp = Objects.requireNonNull(parse("{`exp`:`jack`}", "exp"));
        assertThat(inExp.key()).isEqualTo("jack");
        assertThat(inExp.hold(Set.of(), 100, 0)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "`key`",
                "{`key`:`a`,`key`:`b`}",
                "{`exp`:1,`exp`:2}",
                "{`x`:{`a`:1,`a`:1}}",
                "{`key`:`a`}x",
                "{`key`:`a`",
                "{`exp`:0x10}",
                "{`exp`:1e}",
                "{`exp`:.5}"
            })
    void payloadIsOneStrictJsonObject(String json) {
        assertThat(parse(json, "key")).isNull();
    }

    /** At second 1000. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                              |         | 0  | true",
                "{`exp`:1001}                    |         | 0  | true",
                "{`exp`:1000}                    |         | 0  | false",
                "{`exp`:1000.5}                  |         | 0  | true",
                "{`exp`:999}                     |         | 2  | true",
                "{`exp`:998}                     |         | 2  | false",
                "{`exp`:1e9}                     |         | 0  | true",
                "{`exp`:1e400}                   |         | 0  | true",
                "{`exp`:-1e400}                  |         | 0  | false",
                "{`exp`:`2000`}                  |         | 0  | false",
                "{`exp`:null}                    |         | 0  | false",
                "{`exp`:true}                    |         | 0  | false",
                "{`exp`:[2000]}                  |         | 0  | false",
                "{`nbf`:999}                     |         | 0  | true",
                "{`nbf`:1000}                    |         | 0  | false",
                "{`nbf`:1000}                    |         | 1  | true",
                "{`nbf`:999.5}                   |         | 0  | true",
                "{`nbf`:`1`}                     |         | 0  | false",
                "{`nbf`:null}                    |         | 0  | false",
                "{`nbf`:1e400}                   |         | 0  | false",
                "{`exp`:2000,`nbf`:2000}         |         | 0  | false",
                "{}                              | EXP     | 0  | false",
                "{}                              | NBF     | 9  | false",
                "{`exp`:2000}                    | EXP     | 0  | true",
                "{`exp`:2000,`nbf`:2000}         | EXP     | 0  | true",
                "{`exp`:2000,`nbf`:`x`}          | EXP     | 0  | true",
                "{`exp`:1,`nbf`:1}               | NBF     | 0  | true",
                "{`exp`:2000}                    | EXP NBF | 0  | false",
                "{`exp`:2000,`nbf`:1}            | EXP NBF | 0  | true",
                "{`exp`:1000,`nbf`:1}            | EXP NBF | 0  | false"
            })
    void timesHoldAsApisixCompares(String json, @Nullable String demanded, long grace, boolean hold) {
        assertThat(claims(json).hold(demanded(demanded), 1000, grace)).isEqualTo(hold);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{`exp`:1000}   | 0  | 1000",
                "{`exp`:1000.5} | 0  | 1001",
                "{`exp`:1000}   | 60 | 1060",
                "{`exp`:1e400}  | 0  | 9223372036854775807",
                "{}             | 60 | 9223372036854775807",
                "{`exp`:-1e400} | 60 | -9223372036854775808"
            })
    void endIsTheFirstSecondThatIsRefused(String json, long grace, long end) {
        assertThat(claims(json).endsAt(grace)).isEqualTo(end);
    }
}
