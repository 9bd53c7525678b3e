/** An example of a provider in a jar of its own: secrets kept in etcd. */
@NullMarked
package dev.secretproviders.example.etcd;

import org.jspecify.annotations.NullMarked;
