/** Secrets in AWS Secrets Manager and what speaks its API (LocalStack, moto). */
@NullMarked
package dev.secretproviders.provider.aws;

import org.jspecify.annotations.NullMarked;
