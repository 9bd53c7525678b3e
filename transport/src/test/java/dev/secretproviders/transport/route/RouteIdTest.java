package dev.secretproviders.transport.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RouteIdTest {
    @ParameterizedTest
    @CsvSource({
        "route#f-none#ext-plugin-pre-req#127, f-none",
        "route&consumer#f-postreq&jack#ext-plugin-post-req#151&1, f-postreq",
        "route&service#r1&s1#ext-plugin-pre-req#1&2, r1",
        "service#s1#ext-plugin-pre-req#3, service/s1",
        "global_rule#1#ext-plugin-pre-req#3, global_rule/1",
        "something else, something else",
        "a#b#c#d#e, a#b#c#d#e",
        "##x#1, ##x#1",
    })
    void keysOfApisixNameTheirResource(String key, String id) {
        assertThat(RouteId.parse(key).text()).isEqualTo(id);
    }

    @Test
    void longKeysAreCut() {
        assertThat(RouteId.parse("k".repeat(10_000)).text()).hasSize(256);
    }
}
