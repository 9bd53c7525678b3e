/** What the secret managers of the runner share: credentials in files, TLS, kinds of failures, a second log-in, AWS's connections. */
@NullMarked
package dev.secretproviders.provider.shared;

import org.jspecify.annotations.NullMarked;
