package dev.secretproviders.limits;

import dev.secretproviders.spi.Settings;
import java.nio.file.Path;
import java.util.Set;

/**
 * What the configuration lets providers reach.
 *
 * @param files the files that objects written over the Admin API may name
 * @param destinations the addresses that any provider may connect to
 */
public record Limits(AllowedFiles files, Destinations destinations) {
    /** Every file, and every address but those that none may connect to. */
    public static final Limits NONE = new Limits(AllowedFiles.ANY, Destinations.DEFAULT);

    /**
     * Reads them from the section {@code providers}.
     *
     * @param own files and directories of the runner's own, which no provider may read
     */
    public static Limits read(Settings providers, Set<Path> own) {
        return new Limits(AllowedFiles.read(providers, own), Destinations.read(providers));
    }
}
