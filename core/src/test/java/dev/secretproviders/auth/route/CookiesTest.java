package dev.secretproviders.auth.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.ListedRequest;
import dev.secretproviders.auth.RequestView;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CookiesTest {
    private static @Nullable String value(ListedRequest request) {
        long slice = new Cookies("jwt").value(request);
        return slice == RequestView.ABSENT
                ? null
                : new String(
                        request.bytes(), RequestView.offset(slice), RequestView.length(slice), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                "jwt=a                      | a     | -",
                "jwt=a;                     | a     | -",
                "a=1; jwt=b; c=2            | b     | a=1; c=2",
                "a=1;jwt=b;c=2              | b     | a=1;c=2",
                "a=1; jwt=b                 | b     | a=1",
                "jwt=b; a=\"x y\"; c=d=e==  | b     | a=\"x y\"; c=d=e==",
                "a=%20!#; jwt=b             | b     | a=%20!#",
                "jwt=a; jwt=b; jwt=c        | c     | -",
                "jwt=a=b                    | a=b   | -",
                "xjwt=a; jwt2=b; JWT=c; jwt | -     | xjwt=a; jwt2=b; JWT=c; jwt",
                "a=jwt=b                    | -     | a=jwt=b",
                "a=\u00e9; jwt=\u00e9       | \u00e9 | a=\u00e9",
                "~~                         | -     | -"
            })
    void cookieIsFoundAndTheOthersStay(String header, @Nullable String value, @Nullable String rest) {
        ListedRequest request = new ListedRequest().header("host", "h").header("cookie", header);
        assertThat(value(request)).isEqualTo(value);
        assertThat(new Cookies("jwt").without(request)).isEqualTo(rest);
    }

    @Test
    void severalHeadersCountAsOne() {
        ListedRequest request = new ListedRequest()
                .header("cookie", "a=1; jwt=x")
                .header("cookie2", "jwt=no")
                .header("cookie", "jwt=y")
                .header("cookie", "b=2");
        assertThat(value(request)).isEqualTo("y");
        assertThat(new Cookies("jwt").without(request)).isEqualTo("a=1; b=2");
    }

    @Test
    void requestWithoutCookiesHasNone() {
        assertThat(value(new ListedRequest().header("accept", "jwt=a"))).isNull();
        assertThat(new Cookies("jwt").without(new ListedRequest())).isNull();
    }

    @Test
    void emptyCookieIsThere() {
        assertThat(value(new ListedRequest().header("cookie", "jwt=; a=1"))).isEmpty();
    }
}
