package dev.secretproviders.limits;

import dev.secretproviders.settings.Settings;
import java.nio.file.Path;
import java.util.Set;

/**
 * The files and addresses that the configuration lets providers reach.
 *
 * @param files the files that objects written over the Admin API may name
 * @param destinations the addresses that any provider may connect to
 */
public record Limits(AllowedFiles files, Destinations destinations) {
    /** No limits but the addresses that no provider may connect to. */
    public static final Limits NONE = new Limits(AllowedFiles.ANY, Destinations.DEFAULT);

    /**
     * Reads the limits from the section {@code providers}.
     *
     * @param own the runner's own files and directories, which no provider may read
     */
    public static Limits read(Settings providers, Set<Path> own) {
        return new Limits(AllowedFiles.read(providers, own), Destinations.read(providers));
    }
}
