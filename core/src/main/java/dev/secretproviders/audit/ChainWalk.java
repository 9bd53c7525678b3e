package dev.secretproviders.audit;

import dev.secretproviders.audit.Verification.Broken;
import dev.secretproviders.audit.Verification.Defect;
import dev.secretproviders.audit.Verification.Intact;
import dev.secretproviders.audit.text.Masking;
import dev.secretproviders.crypto.Hmac;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One walk along the whole log, from the anchor to the head. Records may be written and retired meanwhile. The walk
 * does not follow records that were written after the head was read. It reports a gap only if the anchor did not move
 * past it.
 *
 * <p>For one thread, and for one use.
 */
final class ChainWalk {
    private static final int PORTION = 2_000;
    /** The number of records that one thread checks at a time. */
    private static final int SHARE = 250;

    private final Chain chain;
    private final Store store;
    private final Hmac key;
    private final List<Defect> defects = new ArrayList<>();

    private ChainAnchor anchor = ChainAnchor.NONE;
    private long count;
    /** The next expected place. */
    private long next;
    /** The HMAC that the next record must name; null if it is unknown. */
    private @Nullable String link;
    /** The last place that was found, even beyond the head. */
    private long lastFound;

    private final LongConsumer progress;
    private final boolean alone;

    /**
     * Prepares a walk.
     *
     * @param alone whether to use the calling thread only, and no other processor
     * @param progress receives from time to time the number of records verified
     */
    ChainWalk(Chain chain, boolean alone, LongConsumer progress) {
        this.chain = chain;
        this.alone = alone;
        this.progress = progress;
        this.store = chain.store();
        this.key = chain.key();
    }

    Verification walk() throws StoreException {
        long known = chain.seen();
        ChainHead head = head();
        ChainAnchor kept = chain.anchor();
        if (kept == null) {
            find(0, ChainAnchor.KEY + " was changed by something other than the runner");
            next = 0;
        } else {
            anchor = kept;
            next = anchor.first();
            link = anchor.removed();
        }
        walkRecords(head == null ? Long.MAX_VALUE : head.last());
        if (head != null) {
            finish(head, known);
        }
        if (!defects.isEmpty()) {
            return new Broken(defects);
        }
        return new Intact(count, anchor.first(), next - 1);
    }

    /** Returns the head, or null if it is absent or not authentic. */
    private @Nullable ChainHead head() throws StoreException {
        Stored stored;
        try {
            stored = store.get(ChainHead.KEY);
        } catch (DamagedEntryException e) {
            find(0, String.valueOf(e.getMessage()));
            return null;
        }
        if (stored == null && hasEntries()) {
            // The first record may have been written meanwhile.
            stored = store.get(ChainHead.KEY);
            if (stored == null) {
                find(0, ChainHead.KEY + " was removed");
                return null;
            }
        }
        if (stored == null) {
            return ChainHead.EMPTY;
        }
        ChainHead head = ChainHead.read(key, stored.value(), stored.revision());
        if (head == null) {
            find(0, ChainHead.KEY + " was changed by something other than the runner");
        }
        return head;
    }

    private boolean hasEntries() throws StoreException {
        Listing listing = store.list(Range.prefix("audit/").limit(1));
        return !listing.entries().isEmpty() || !listing.damaged().isEmpty();
    }

    private void walkRecords(long last) throws StoreException {
        Range range = Range.prefix(AuditRecord.PREFIX).limit(PORTION);
        Listing listing = store.list(range);
        long looked = 0;
        while (defects.size() < Broken.MOST) {
            List<Stored> entries = listing.entries();
            List<ChainLink> links = new ArrayList<>(entries.size());
            listing.damaged().forEach(damaged -> links.add(ChainLink.unreadable(damaged)));
            if (entries.isEmpty() && links.isEmpty()) {
                return;
            }
            String lastKey = Stream.concat(entries.stream().map(Stored::key), listing.damaged().stream())
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            Range following = range.from(lastKey + "\0");
            FutureTask<Listing> ahead = new FutureTask<>(() -> store.list(following));
            IntStream shares = IntStream.range(0, (entries.size() + SHARE - 1) / SHARE);
            if (!alone) {
                // The next page is read while all processors check this one.
                ForkJoinPool.commonPool().execute(ahead);
                shares = shares.parallel();
            }
            links.addAll(shares.mapToObj(share -> read(entries, share * SHARE))
                    .flatMap(List::stream)
                    .toList());
            links.sort(Comparator.comparing(ChainLink::key));
            for (ChainLink link : links) {
                walkOver(link, last);
            }
            looked += links.size();
            progress.accept(looked);
            if (alone) {
                ahead.run();
            }
            listing = joined(ahead);
        }
    }

    private List<ChainLink> read(List<Stored> entries, int from) {
        Hmac.Series hmac = key.series();
        return entries.subList(from, Math.min(from + SHARE, entries.size())).stream()
                .map(entry -> ChainLink.read(hmac, entry.key(), entry.value()))
                .toList();
    }

    private static Listing joined(Future<Listing> ahead) throws StoreException {
        try {
            return ahead.get();
        } catch (ExecutionException e) {
            throw new StoreException("the audit log cannot be read: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted while the audit log was read", e);
        }
    }

    /** @param last the place of the record that the head names */
    private void walkOver(ChainLink found, long last) throws StoreException {
        long id = found.id();
        if (id < 0) {
            find(0, "the log never wrote a key like this one: " + Masking.plain(found.key(), 200));
            return;
        }
        lastFound = Math.max(lastFound, id);
        if (id > last) {
            return;
        }
        if (next == 0) {
            // The beginning of the log is unknown, so this record is taken as the first.
            next = id;
        }
        if (id < next) {
            find(id, "this record was inserted: the log begins with record " + next);
            return;
        }
        if (id > next) {
            crossGap(id);
        }
        count++;
        next = id + 1;
        String problem = found.problem();
        if (problem != null) {
            find(id, problem);
            link = null;
            return;
        }
        if (link != null && !link.equals(found.previous())) {
            find(id, "this record does not follow the one before it");
        }
        link = found.hmac();
    }

    /** Skips missing records. They are a finding, unless they were retired meanwhile. */
    private void crossGap(long to) throws StoreException {
        ChainAnchor now = chain.anchor();
        if (now != null && now.first() > next) {
            if (now.first() >= to) {
                // The records read so far have been retired, and the count covers only the remaining ones.
                anchor = now;
                count = 0;
                link = now.first() == to ? now.removed() : null;
                return;
            }
            next = now.first();
        }
        find(
                next,
                next == to - 1 ? "this record was removed" : "records %d to %d were removed".formatted(next, to - 1));
        link = null;
    }

    private void finish(ChainHead head, long known) throws StoreException {
        if (next == 0) {
            next = head.last() + 1;
        }
        if (next <= head.last()) {
            crossGap(head.last() + 1);
            link = null;
        } else if (link != null && head.last() > 0 && !link.equals(head.hmac())) {
            find(head.last(), "this record is not the one that " + ChainHead.KEY + " names");
        }
        next = head.last() + 1;
        if (head.last() < known) {
            find(
                    known,
                    "%s went back from record %d to %d while the runner was running"
                            .formatted(ChainHead.KEY, known, head.last()));
        }
        if (lastFound > head.last()) {
            // The head is read after the record was found, so it cannot be behind a properly written record.
            ChainHead now = head();
            if (now != null && lastFound > now.last()) {
                find(lastFound, "this record was inserted: the log ends with record " + now.last());
            }
        }
    }

    private void find(long sequence, String what) {
        if (defects.size() < Broken.MOST) {
            defects.add(new Defect(sequence, what));
        }
    }
}
