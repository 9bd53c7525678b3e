/** The area of consumers: the list, and each consumer with its credentials. */
@NullMarked
package dev.secretproviders.dashboard.consumer;

import org.jspecify.annotations.NullMarked;
