/**
 * JMH: parts of the runner by themselves. Benchmarks of what is private to a package of the runner lie in that package, in this
 * module.
 */
@NullMarked
package dev.secretproviders.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
