package dev.secretproviders.store;

import dev.secretproviders.store.embedded.EmbeddedStore;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A process to be killed. Commits to stores without end, each transaction to three keys. Prints the store's number and
 * the number of each acknowledged transaction.
 */
final class CrashWriter {
    private CrashWriter() {}

    public static void main(String[] arguments) throws Exception {
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 1; i < arguments.length; i++) {
            int number = i - 1;
            Store store = open(arguments[0], arguments[i]);
            writers.add(CompletableFuture.runAsync(() -> write(store, number), Thread::startVirtualThread));
        }
        // A writer ends only by a failure.
        CompletableFuture.anyOf(writers.toArray(CompletableFuture<?>[]::new)).join();
    }

    private static void write(Store store, int number) {
        try {
            long next = last(store) + 1;
            while (true) {
                byte[] value = Long.toString(next).getBytes(StandardCharsets.US_ASCII);
                CommitResult result = store.commit(Transaction.EMPTY
                        .put("last", value)
                        .put("a/" + next, value)
                        .put("b/" + next, value));
                if (!(result instanceof CommitResult.Committed)) {
                    throw new IllegalStateException(result.toString());
                }
                System.out.println(number + " " + next);
                next++;
            }
        } catch (StoreException e) {
            throw new CompletionException(e);
        }
    }

    static Store open(String engine, String place) throws StoreException {
        return switch (engine) {
            case "embedded" -> EmbeddedStore.open(Path.of(place), Duration.ofSeconds(10));
            case "etcd" -> EtcdStore.open(etcd(URI.create(place), Duration.ofSeconds(10)));
            default -> throw new IllegalArgumentException(engine);
        };
    }

    /** Returns the access to an etcd. The path of {@code place} is the prefix of the store's keys. */
    private static EtcdAccess etcd(URI place, Duration timeout) {
        return new EtcdAccess(List.of(place.resolve("/").toString()), place.getPath(), null, null, timeout);
    }

    static long last(Store store) throws StoreException {
        @Nullable Stored stored = store.get("last");
        return stored == null
                ? 0
                : Long.parseLong(new String(Objects.requireNonNull(stored).value(), StandardCharsets.US_ASCII));
    }
}
