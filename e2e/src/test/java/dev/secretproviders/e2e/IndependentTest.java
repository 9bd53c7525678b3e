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
 * A test that may run in parallel with others of its class. It has its own files and servers, and no time limit so
 * tight that another test could break it. A test with a tight limit locks {@link #PROCESSORS}.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Test
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(value = IndependentTest.PROCESSORS, mode = ResourceAccessMode.READ)
@interface IndependentTest {
    String PROCESSORS = "processors";
}
