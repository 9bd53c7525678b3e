/** Secrets in Google Cloud Secret Manager. */
@NullMarked
package dev.secretproviders.provider.gcp;

import org.jspecify.annotations.NullMarked;
