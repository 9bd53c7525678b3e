package dev.secretproviders.app.settings;

import dev.secretproviders.settings.Settings;
import java.nio.file.Path;
import java.util.Set;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * The runner's own files and directories, which no object of the Admin API may have read.
 *
 * <p>Every field outside of {@code providers} that names a file counts, because {@link Settings} remembers those that it
 * reads. Files with authorities to trust do not count: they hold no secret, and providers may use them, too.
 */
final class OwnFiles {
    /** The section whose fields are not the runner's own. */
    static final String PROVIDERS = "providers";

    private OwnFiles() {}

    /**
     * Returns the files. All sections but {@value #PROVIDERS} were read before.
     *
     * @param root the whole configuration
     */
    static Set<Path> of(
            Settings root,
            ConfigurationSource source,
            RunnerSettings runner,
            ControlSettings control,
            ConfigurableEnvironment environment) {
        Set<Path> own = root.ownFiles(PROVIDERS);
        own.add(runner.dataDirectory());
        own.add(runner.pluginsDirectory());
        own.add(control.crypto().file());
        Path file = source.file();
        if (file != null) {
            own.add(file);
        }
        own.addAll(SpringFiles.of(environment));
        return own;
    }
}
