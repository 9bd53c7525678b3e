package dev.secretproviders.provider.shared;

import dev.secretproviders.spi.ProviderException;
import java.time.Duration;

/** For providers whose library logs in by itself: a refused login is tried once more with the credential as it is now, since it may have been rotated. */
public final class SecondLogin {
    private SecondLogin() {}

    /** A call of the manager. */
    @FunctionalInterface
    public interface Call<T> {
        /**
         * Makes the call.
         *
         * @param nanos how long it may take
         */
        T within(long nanos) throws ProviderException, InterruptedException;
    }

    /**
     * Makes the call, and once more if the login is refused.
     *
     * @param limit for both together
     * @param forgetLogin makes the next call log in anew
     */
    public static <T> T ifRefused(Duration limit, Call<T> call, Runnable forgetLogin)
            throws ProviderException, InterruptedException {
        long start = System.nanoTime();
        try {
            return call.within(limit.toNanos());
        } catch (ProviderException e) {
            long left = limit.toNanos() - (System.nanoTime() - start);
            if (e.kind() != ProviderException.Kind.AUTHENTICATION || left <= 0) {
                throw e;
            }
            forgetLogin.run();
            return call.within(left);
        }
    }
}
