package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The look-up of each request. */
class KeyLookupTest {
    private static final int MANY = 50_000;

    private final DirectoryFixture it = new DirectoryFixture();
    private final KeyLookup lookup =
            new KeyLookup(it.secrets.digester, it.secrets.ticker(), it.directory.clock(), it.directory.wrongKeys());

    @BeforeEach
    void consumers() {
        it.consumer("jack", it.literal(null, "jack-key"))
                .consumer("one", it.literal(null, "shared"))
                .consumer("two", it.literal(null, "shared"))
                .publish();
    }

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private LookupResult find(byte[] key) {
        return lookup.find(it.directory.index(), key, 0, key.length, WrongKeys.UNKNOWN_SOURCE);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void keyIsSomebodysOrTheReasonIsToldWhyItIsNobodys() {
        assertThat(find(bytes("jack-key"))).isInstanceOf(KeyClaim.class);
        assertThat(find(bytes("wrong"))).isEqualTo(LookupResult.NoMatch.INVALID);
        assertThat(find(bytes("$env://HOME"))).isEqualTo(LookupResult.NoMatch.INVALID);
        assertThat(find(bytes("shared"))).isEqualTo(LookupResult.NoMatch.AMBIGUOUS);
    }

    @Test
    void keyOfAnyLengthThatIsAllowedIsLookedUpAndNoOther() {
        assertThat(KeyLookup.canBeKey(0)).isFalse();
        assertThat(KeyLookup.canBeKey(65_537)).isFalse();
        for (int length : new int[] {1, 1024, 1025, 65_536}) {
            assertThat(KeyLookup.canBeKey(length)).isTrue();
            assertThat(find(new byte[length])).isEqualTo(LookupResult.NoMatch.INVALID);
        }
    }

    /** Otherwise some hundred thousand look-ups per second would create as many objects. */
    @Test
    void lookUpMakesNoGarbage() {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[][] keys = {bytes("jack-key"), bytes("wrong"), bytes("shared"), bytes("$env://HOME"), bytes("$dollar")};
        int found = 0;
        for (int i = 0; i < MANY; i++) {
            found += find(keys[i % keys.length]) instanceof KeyClaim ? 1 : 0;
        }
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < MANY; i++) {
            found += find(keys[i % keys.length]) instanceof KeyClaim ? 1 : 0;
        }
        long allocated = thread.getCurrentThreadAllocatedBytes() - before;
        assertThat(found).isEqualTo(2 * MANY / keys.length);
        assertThat(allocated).as("bytes for %d look-ups", MANY).isLessThan(MANY);
    }
}
