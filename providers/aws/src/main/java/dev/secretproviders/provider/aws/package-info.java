/** Secrets in AWS Secrets Manager and compatible services (LocalStack, moto). */
@NullMarked
package dev.secretproviders.provider.aws;

import org.jspecify.annotations.NullMarked;
