package dev.secretproviders.transport.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * A fuzzing campaign on the reader of frames: {@code JAZZER_FUZZ=1 mvn -pl runner-plugin -am test -Dtest=FrameFuzzTest}.
 * Without it Jazzer would try one input and instrument every other test of the process; {@link FrameMutationTest} runs
 * always.
 */
@EnabledIfEnvironmentVariable(named = "JAZZER_FUZZ", matches = "1")
final class FrameFuzzTest {

    @FuzzTest(maxDuration = "30s")
    void anyBytesAreReadOrRefused(byte[] data) {
        if (data.length > 0) {
            boolean _ = FrameReading.isWellFormed(data[0] & 0x07, Arrays.copyOfRange(data, 1, data.length));
        }
    }
}
