/** YAML and JSON files as trees whose nodes know their lines, and the variables in them. */
@NullMarked
package dev.secretproviders.app.cli.document;

import org.jspecify.annotations.NullMarked;
