/**
 * JMH benchmarks of single parts of the runner. Benchmarks of package-private code are in the same package of this
 * module.
 */
@NullMarked
package dev.secretproviders.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
