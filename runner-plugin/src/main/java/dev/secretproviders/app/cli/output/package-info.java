/** What commands print: tables, JSON and YAML, colours, progress, and the exit codes. */
@NullMarked
package dev.secretproviders.app.cli.output;

import org.jspecify.annotations.NullMarked;
