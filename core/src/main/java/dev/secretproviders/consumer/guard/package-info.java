/** Where the gateway's configuration has requests authenticated by the runner, and where it lets them pass without. */
@NullMarked
package dev.secretproviders.consumer.guard;

import org.jspecify.annotations.NullMarked;
