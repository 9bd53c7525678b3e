/** Secrets in Azure Key Vault. */
@NullMarked
package dev.secretproviders.provider.azure;

import org.jspecify.annotations.NullMarked;
