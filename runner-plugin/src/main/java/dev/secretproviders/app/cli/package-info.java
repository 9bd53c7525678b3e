/**
 * The command line: {@link dev.secretproviders.app.cli.Main} and one class for each subcommand. Commands that need a
 * running runner call it over the socket in the data directory.
 */
@NullMarked
package dev.secretproviders.app.cli;

import org.jspecify.annotations.NullMarked;
