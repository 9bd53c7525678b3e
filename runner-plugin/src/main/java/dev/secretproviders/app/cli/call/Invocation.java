package dev.secretproviders.app.cli.call;

import dev.secretproviders.app.settings.ConfigurationSource;
import picocli.CommandLine.Model.CommandSpec;

/** The options of the command line that hold for every command. */
public interface Invocation {

    /** Returns the configuration that {@code --config} names. */
    ConfigurationSource source();

    /** Returns the invocation that a command belongs to. */
    static Invocation of(CommandSpec command) {
        return (Invocation) command.root().userObject();
    }
}
