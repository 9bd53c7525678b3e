package dev.secretproviders.app.telemetry;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a collector rejected of what it answered with success: OTLP's "partial success". The exporter takes that for
 * a whole success, so this looks at each answer before the exporter does. What was rejected must not be sent again.
 *
 * <p>Thread-safe.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otlp/#partial-success-1">OTLP, partial success</a>
 */
final class PartialSuccess implements ComponentLoader {
    private static final int SUCCESS = 2;

    /** Kinds of fields in protobuf. */
    private static final int NUMBER = 0;

    private static final int EIGHT_BYTES = 1;
    private static final int BYTES = 2;
    private static final int FOUR_BYTES = 5;

    private static final int BITS = 7;
    private static final int LONGEST_NUMBER = 64;

    private final ComponentLoader all = ComponentLoader.forClassLoader(HttpSenderProvider.class.getClassLoader());
    private final AtomicLong rejected = new AtomicLong();

    @Override
    public <T> Iterable<T> load(Class<T> type) {
        List<T> found = new ArrayList<>();
        for (T one : all.load(type)) {
            if (one instanceof HttpSenderProvider senders) {
                HttpSenderProvider watched = config -> new Watched(senders.createSender(config), this::take);
                found.add(type.cast(watched));
            } else {
                found.add(one);
            }
        }
        return found;
    }

    /** Returns how many records or spans were rejected since the last call. */
    long takeRejected() {
        return rejected.getAndSet(0);
    }

    private void take(HttpResponse response) {
        byte[] body = response.getResponseBody();
        if (response.getStatusCode() / 100 == SUCCESS && body != null) {
            rejected.addAndGet(rejected(body));
        }
    }

    private record Watched(HttpSender sender, Consumer<HttpResponse> watch) implements HttpSender {
        @Override
        public void send(MessageWriter writer, Consumer<HttpResponse> answered, Consumer<Throwable> failed) {
            sender.send(
                    writer,
                    response -> {
                        watch.accept(response);
                        answered.accept(response);
                    },
                    failed);
        }

        @Override
        public CompletableResultCode shutdown() {
            return sender.shutdown();
        }
    }

    /**
     * Returns the number in an {@code ExportLogsServiceResponse} or {@code ExportTraceServiceResponse}: the first field of
     * the message that is its first field. 0 for a text that is neither.
     */
    static long rejected(byte[] answer) {
        try {
            Object partial = first(ByteBuffer.wrap(answer));
            Object number = partial instanceof ByteBuffer message ? first(message) : null;
            return number instanceof Long count ? Math.max(0, count) : 0;
        } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return 0;
        }
    }

    /** Returns the last value of the first field: a number, the bytes of a message, or null. */
    private static @Nullable Object first(ByteBuffer message) {
        Object found = null;
        while (message.hasRemaining()) {
            long tag = number(message);
            Object value = switch ((int) (tag & 7)) {
                case NUMBER -> number(message);
                case BYTES -> bytes(message, number(message));
                case EIGHT_BYTES -> bytes(message, Long.BYTES);
                case FOUR_BYTES -> bytes(message, Integer.BYTES);
                default -> throw new IllegalArgumentException("no such kind of field");
            };
            if ((tag >>> 3) == 1) {
                found = value;
            }
        }
        return found;
    }

    private static ByteBuffer bytes(ByteBuffer message, long length) {
        if (length < 0 || length > message.remaining()) {
            throw new IllegalArgumentException("cut off");
        }
        ByteBuffer part = message.slice(message.position(), (int) length);
        message.position(message.position() + (int) length);
        return part;
    }

    private static long number(ByteBuffer message) {
        long number = 0;
        for (int shift = 0; shift < LONGEST_NUMBER; shift += BITS) {
            byte next = message.get();
            number |= ((long) (next & 0x7f)) << shift;
            if (next >= 0) {
                return number;
            }
        }
        throw new IllegalArgumentException("too long a number");
    }
}
