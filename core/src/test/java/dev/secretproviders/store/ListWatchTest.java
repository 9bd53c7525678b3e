package dev.secretproviders.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The listener receives a listing, later changes, and another listing after changes were lost. */
class ListWatchTest {
    private static final Range PREFIX = Range.prefix("thing/");

    private final ScriptedStore store = new ScriptedStore();
    private final List<String> told = new CopyOnWriteArrayList<>();

    private final ListWatch.Listener listener = new ListWatch.Listener() {
        @Override
        public void listed(Listing listing) {
            told.add("listed at " + listing.revision());
        }

        @Override
        public void changed(List<Store.Change> changes) {
            told.add("changed " + changes.getFirst().key());
        }

        @Override
        public void damaged(String key) {
            told.add("damaged " + key);
        }

        @Override
        public void unreadable(StoreException cause) {
            told.add(String.valueOf(cause.getMessage()));
        }
    };

    /** A store whose listing the test sets, and whose only watcher the test calls. */
    private static final class ScriptedStore implements Store {
        volatile boolean readable = true;
        volatile long revision = 7;
        volatile boolean watchClosed;
        volatile @Nullable Watcher watcher;
        volatile @Nullable CountDownLatch slow;
        volatile String watched = "";

        @Override
        public @Nullable Stored get(String key) {
            return null;
        }

        @Override
        public Listing list(Range range) throws StoreException {
            CountDownLatch wait = slow;
            if (wait != null) {
                try {
                    assertThat(wait.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new StoreException("interrupted", e);
                }
            }
            if (!readable) {
                throw new StoreException("no answer", null);
            }
            return new Listing(List.of(), List.of(), revision);
        }

        @Override
        public CommitResult commit(Transaction transaction) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Watch watch(String prefix, long afterRevision, Watcher told) {
            watched = prefix + " after " + afterRevision;
            watcher = told;
            return () -> watchClosed = true;
        }

        @Override
        public Status status() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}

        Watcher watcher() {
            Watcher watching = watcher;
            if (watching == null) {
                throw new AssertionError("not watched");
            }
            return watching;
        }
    }

    @Test
    void listsAndWatchesFromThereOn() throws Exception {
        try (ListWatch _ = ListWatch.start(store, PREFIX.limit(1), listener)) {
            assertThat(told).containsExactly("listed at 7");
            assertThat(store.watched).isEqualTo("thing/ after 7");
            store.watcher().changed(List.of(new Store.Change("thing/a", null, 8)));
            store.watcher().damaged("thing/b");
            assertThat(told).containsExactly("listed at 7", "changed thing/a", "damaged thing/b");
        }
        assertThat(store.watchClosed).isTrue();
    }

    @Test
    void storeThatCannotBeListedAtTheStartIsTheCallersProblem() {
        store.readable = false;
        assertThatThrownBy(() -> ListWatch.start(store, PREFIX, listener)).isInstanceOf(StoreException.class);
        assertThat(told).isEmpty();
        assertThat(store.watcher).isNull();
    }

    @Test
    void startsByItselfOnceTheStoreCanBeRead() {
        store.readable = false;
        try (ListWatch _ = ListWatch.startWhenReadable(store, PREFIX, listener)) {
            await().until(() -> told.contains("no answer"));
            store.readable = true;
            await().until(() -> store.watcher != null);
            assertThat(told.getLast()).isEqualTo("listed at 7");
        }
    }

    @Test
    void listsAgainWhenChangesWereLostAndTriesUntilItCan() throws Exception {
        try (ListWatch _ = ListWatch.start(store, PREFIX, listener)) {
            store.readable = false;
            store.revision = 20;
            store.watcher().lost();
            await().until(() -> told.contains("no answer"));
            assertThat(told).doesNotContain("listed at 20");
            store.readable = true;
            await().until(() -> told.getLast().equals("listed at 20"));
        }
    }

    /** The store's thread, which reports changes, must not wait for a listing. */
    @Test
    void changesAreToldWhileItListsAgain() throws Exception {
        try (ListWatch _ = ListWatch.start(store, PREFIX, listener)) {
            CountDownLatch slow = new CountDownLatch(1);
            store.slow = slow;
            store.revision = 9;
            store.watcher().lost();
            store.watcher().changed(List.of(new Store.Change("thing/a", null, 8)));
            assertThat(told).containsExactly("listed at 7", "changed thing/a");
            slow.countDown();
            await().until(() -> told.getLast().equals("listed at 9"));
        }
    }

    @Test
    void closedOneNoLongerComplains() throws Exception {
        ListWatch watch = ListWatch.start(store, PREFIX, listener);
        watch.close();
        store.readable = false;
        watch.listAgain();
        store.watcher().lost();
        assertThat(told).containsExactly("listed at 7");
    }
}
