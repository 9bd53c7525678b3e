/** Code shared by the secret managers: credentials in files, TLS, kinds of failures, login retries, AWS connections. */
@NullMarked
package dev.secretproviders.provider.shared;

import org.jspecify.annotations.NullMarked;
