package dev.secretproviders.benchmarks.micro;

import dev.secretproviders.spi.SecretReference;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Measures parsing a reference, which happens for each credential when its consumer is written. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReferenceBenchmark {
    private final String text = "$secret://vault/production/team-a/consumers/jack/key?version=3";

    /** Parses a reference with a version. */
    @Benchmark
    public SecretReference parse() {
        return SecretReference.parse(text);
    }
}
