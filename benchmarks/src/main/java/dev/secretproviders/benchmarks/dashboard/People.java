package dev.secretproviders.benchmarks.dashboard;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** People who click on one page after another until closed. */
final class People implements AutoCloseable {
    /** How many there are. */
    static final int COUNT = 10;

    /** How long each one looks at a page, on average. */
    static final Duration LOOK = Duration.ofSeconds(2);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> clicking = new ArrayList<>();
    private final AtomicLong clicks = new AtomicLong();
    private volatile boolean going = true;

    /** Lets them begin. The caller keeps ownership of the persons. */
    static People begin(List<Person> persons, List<URI> pages) {
        People people = new People();
        for (Person person : persons) {
            people.clicking.add(people.threads.submit(() -> {
                people.click(person, pages);
                return null;
            }));
        }
        return people;
    }

    private void click(Person person, List<URI> pages) throws IOException, InterruptedException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        while (going) {
            Thread.sleep(random.nextLong(2 * LOOK.toMillis()));
            if (going) {
                long _ = person.open(pages.get(random.nextInt(pages.size())));
                clicks.incrementAndGet();
            }
        }
    }

    /**
     * Ends the clicking.
     *
     * @return the number of pages that were opened
     * @throws IOException if a page was not there
     */
    long end() throws IOException, InterruptedException {
        going = false;
        for (Future<?> one : clicking) {
            try {
                Object _ = one.get();
            } catch (ExecutionException e) {
                throw new IOException("a page was not there while people clicked", e.getCause());
            }
        }
        return clicks.get();
    }

    @Override
    public void close() {
        going = false;
        threads.shutdownNow();
        threads.close();
    }
}
