package dev.secretproviders.provider.local;

import java.util.OptionalInt;

/** Knows the provider objects of the manager {@code local}. Thread-safe; no I/O. */
@FunctionalInterface
public interface LocalObjects {
    /** Returns how many versions of each secret a provider keeps; nothing if there is no such provider. */
    OptionalInt versionsKept(String id);
}
