package dev.secretproviders.app.settings;

import dev.secretproviders.settings.Problems;
import org.springframework.core.env.ConfigurableEnvironment;

/** Additional checks of a configuration that a start leaves out to save time. */
@FunctionalInterface
public interface Inspection {
    /** No additional checks. */
    Inspection NONE = (_, _, _, _, _) -> {};

    /** Adds the problems that it finds. */
    void look(
            ConfigurableEnvironment environment,
            RunnerSettings runner,
            ServerSettings server,
            ControlSettings control,
            Problems problems);
}
