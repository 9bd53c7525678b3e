/** Tests of what a jar in the plugins directory sees. */
@NullMarked
package dev.secretproviders.plugin;

import org.jspecify.annotations.NullMarked;
