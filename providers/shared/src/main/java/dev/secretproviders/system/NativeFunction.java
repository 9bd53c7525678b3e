package dev.secretproviders.system;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Functions of the C library. To find one takes some 30 ms the first time. */
public final class NativeFunction {
    private static final FunctionDescriptor THREE_NUMBERS = FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

    private NativeFunction() {}

    /**
     * Returns a function that takes three {@code int} and returns one.
     *
     * @throws RuntimeException if the C library has no such function
     */
    @SuppressWarnings("restricted") // The launcher allows native calls. The caller says what the function affects.
    public static MethodHandle ofThreeNumbers(String name, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), THREE_NUMBERS, options);
    }
}
