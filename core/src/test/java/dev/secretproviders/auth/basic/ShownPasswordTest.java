package dev.secretproviders.auth.basic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.ListedRequest;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** Where a password lies during a decision, and that it does not stay there. */
final class ShownPasswordTest {
    private static byte[] encoded(String text) {
        return Base64.getEncoder().encode(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ShownPassword decode(byte[] text) {
        ShownPassword shown = ShownPassword.ofThread();
        assertThat(shown.decode(text, 0, text.length)).isTrue();
        return shown;
    }

    @Test
    void firstColonSeparatesNameAndPassword() {
        ShownPassword shown = decode(encoded("jack:a:b"));
        assertThat(shown.user()).isEqualTo(4);
        assertThat(shown.password()).isEqualTo(5);
        assertThat(shown.length()).isEqualTo(8);
        shown.wipe();
    }

    @Test
    void shortAndLongPasswordsAreWiped() {
        for (int length : new int[] {1, 500, 5_000}) {
            ShownPassword shown = decode(encoded("jack:" + "p".repeat(length)));
            byte[] bytes = shown.bytes();
            assertThat(new String(bytes, StandardCharsets.UTF_8)).startsWith("jack:p");
            shown.wipe();
            assertThat(bytes).containsOnly(0);
        }
    }

    @Test
    void whatWasDecodedBeforeAnErrorIsWiped() {
        byte[] text = "amFjazpwYXNz*".getBytes(StandardCharsets.US_ASCII);
        ShownPassword shown = ShownPassword.ofThread();
        assertThat(shown.decode(text, 0, text.length)).isFalse();
        byte[] bytes = shown.bytes();
        assertThat(new String(bytes, StandardCharsets.UTF_8)).startsWith("jack:pass");
        shown.wipe();
        assertThat(bytes).containsOnly(0);
    }

    @Test
    void noPasswordOfAnEarlierRequestIsSeen() {
        decode(encoded("jack:a long password")).wipe();
        ShownPassword shown = decode(encoded("jill:p"));
        assertThat(shown.length()).isEqualTo(6);
        assertThat(shown.bytes()[6]).isZero();
        shown.wipe();
    }

    @Test
    void decisionLeavesNoPassword() throws Exception {
        try (DirectoryFixture fixture = new DirectoryFixture()) {
            fixture.consumer("jack", fixture.basic("b", fixture.name("jack"), fixture.text("a secret")));
            fixture.publish();
            BasicAuthenticator route = BasicAuthenticator.prepare("{}", fixture.context(UnresolvedAnswer.UNAVAILABLE));
            for (String shown : new String[] {"jack:a secret", "jack:wrong", "jill:a secret", "jack", "jack:"}) {
                Decision decision = route.decide(new ListedRequest()
                        .header("authorization", "Basic " + new String(encoded(shown), StandardCharsets.US_ASCII)));
                assertThat(decision instanceof Decision.Accept).isEqualTo(shown.equals("jack:a secret"));
                assertThat(ShownPassword.ofThread().bytes()).containsOnly(0);
            }
        }
    }
}
