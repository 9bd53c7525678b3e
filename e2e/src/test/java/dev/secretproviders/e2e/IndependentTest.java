package dev.secretproviders.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * A test that may run beside another one of its class: it has all its files and servers for itself and limits no time so
 * tightly that the other could be felt. A test of such a class that does limit one locks {@link #PROCESSORS} for itself.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Test
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(value = IndependentTest.PROCESSORS, mode = ResourceAccessMode.READ)
@interface IndependentTest {
    String PROCESSORS = "processors";
}
