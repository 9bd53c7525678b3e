/**
 * What the runner reads configuration with: {@link dev.secretproviders.settings.Settings}, the problems found, and the fields that
 * provider objects of every manager take. Authors of secret managers see {@link dev.secretproviders.spi.FieldValues} instead.
 */
@NullMarked
package dev.secretproviders.settings;

import org.jspecify.annotations.NullMarked;
