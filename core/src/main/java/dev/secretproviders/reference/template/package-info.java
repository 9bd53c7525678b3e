/** Texts that hold references to secrets, and the configuration of the plugin that sends them to upstreams. */
@NullMarked
package dev.secretproviders.reference.template;

import org.jspecify.annotations.NullMarked;
