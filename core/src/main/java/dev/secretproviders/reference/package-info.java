/**
 * Secret references: the strings that stand for a secret, such as {@code $secret://vault/prod/jack/key}; their grammar and
 * canonical form.
 */
@NullMarked
package dev.secretproviders.reference;

import org.jspecify.annotations.NullMarked;
