package dev.secretproviders.transport.wire;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Tells what failed without the messages of exceptions, which may quote the request. */
public final class Failures {
    private static final int FRAMES = 8;
    private static final int CAUSES = 3;

    private Failures() {}

    public static String describe(Throwable failure) {
        StringBuilder text = new StringBuilder(one(failure));
        Throwable cause = failure.getCause();
        for (int i = 0; cause != null && i < CAUSES; i++) {
            text.append("\n  caused by ").append(one(cause));
            cause = cause.getCause();
        }
        return text.toString();
    }

    private static String one(Throwable failure) {
        return failure.getClass().getName()
                + Arrays.stream(failure.getStackTrace())
                        .limit(FRAMES)
                        .map(frame -> "\n    at " + frame)
                        .collect(Collectors.joining());
    }
}
