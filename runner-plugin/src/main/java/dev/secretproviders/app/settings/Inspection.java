package dev.secretproviders.app.settings;

import dev.secretproviders.spi.Problems;
import org.springframework.core.env.ConfigurableEnvironment;

/** A closer look at a configuration than a start takes, which would cost time. */
@FunctionalInterface
public interface Inspection {
    /** What a start does without. */
    Inspection NONE = (_, _, _, _, _) -> {};

    /** Adds what is wrong to the problems. */
    void look(
            ConfigurableEnvironment environment,
            RunnerSettings runner,
            ServerSettings server,
            ControlSettings control,
            Problems problems);
}
