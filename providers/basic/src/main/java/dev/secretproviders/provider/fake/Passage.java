package dev.secretproviders.provider.fake;

import java.time.Duration;

/** The passage of time: measures a script's offsets, and waits for slow answers. */
interface Passage {
    /** The system's clock. */
    Passage SYSTEM = new Passage() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void sleep(Duration time) throws InterruptedException {
            Thread.sleep(time);
        }
    };

    /** Returns the time in nanoseconds since an arbitrary moment. */
    long nanos();

    void sleep(Duration time) throws InterruptedException;
}
