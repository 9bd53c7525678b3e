package dev.secretproviders.benchmarks.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorsTest {
    @Test
    void readsTheKernelsNotation() {
        assertThat(Processors.parse("0-2,5,7-8")).containsExactly(0, 1, 2, 5, 7, 8);
    }

    @Test
    void theDriverGetsOneAndTheServerTheRest() {
        Processors divided = Processors.divide(List.of(3, 4, 9));

        assertThat(divided).isEqualTo(new Processors("3", "4,9"));
        assertThat(divided.serverCount()).isEqualTo(2);
    }

    @Test
    void oneProcessorIsNotEnough() {
        assertThatThrownBy(() -> Processors.divide(List.of(0))).isInstanceOf(IllegalStateException.class);
    }
}
