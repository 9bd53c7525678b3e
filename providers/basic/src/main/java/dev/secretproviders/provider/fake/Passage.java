package dev.secretproviders.provider.fake;

import java.time.Duration;

/** The passage of time: what a script's offsets are measured by, and how a slow answer is waited for. */
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

    /** Returns the time in nanoseconds since a moment of no meaning. */
    long nanos();

    void sleep(Duration time) throws InterruptedException;
}
