/** What a large number of consumers in etcd costs. */
@NullMarked
package dev.secretproviders.benchmarks.consumers;

import org.jspecify.annotations.NullMarked;
