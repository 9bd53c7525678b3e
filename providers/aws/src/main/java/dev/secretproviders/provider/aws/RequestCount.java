package dev.secretproviders.provider.aws;

import java.util.concurrent.atomic.AtomicLong;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/** Counts what the SDK sends, its own repetitions included. Thread-safe. */
final class RequestCount implements ExecutionInterceptor {
    private final AtomicLong sent = new AtomicLong();

    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
        sent.incrementAndGet();
    }

    long sent() {
        return sent.get();
    }
}
