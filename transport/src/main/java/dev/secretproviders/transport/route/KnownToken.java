package dev.secretproviders.transport.route;

import dev.secretproviders.transport.wire.Messages;
import java.time.Duration;

/**
 * A token that was issued, for a later process of the same runner.
 *
 * @param source the configuration that it stands for
 * @param left how long it is valid without another use
 * @param newest whether the configuration is the newest of its route
 */
public record KnownToken(int token, Messages.PrepareConf source, Duration left, boolean newest) {}
