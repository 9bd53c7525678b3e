package dev.secretproviders.provider.local;

import java.util.OptionalInt;

/** Access to the provider objects of the manager {@code local}. Thread-safe; no I/O. */
@FunctionalInterface
public interface LocalObjects {
    /** Returns how many versions of each secret a provider keeps; empty if there is no such provider. */
    OptionalInt versionsKept(String id);
}
