package dev.secretproviders.spi;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values that a provider object, or a section of it, has for its fields. Each is read as its {@link Field} describes it. A wrong or
 * missing value is reported to the operator and yields a harmless one, so that reading goes on and every problem is found.
 *
 * <p>The runner implements it; in tests, {@code testkit.GivenValues} does. Not thread-safe.
 */
public interface FieldValues {
    /** Returns whether the field is there and not empty. */
    boolean has(Field field);

    /** Returns the full path of a field, as problems name it. */
    String path(Field field);

    /** Reports what is wrong with a field; never its value if that may hold a secret. */
    void problem(Field field, String problem);

    /** Returns the text, or the default. If there is neither, that is a problem, and the answer is empty. */
    String text(Field field);

    /** Returns the text, the default, or null if there is neither. */
    @Nullable
    String optionalText(Field field);

    /** Returns the texts of a list; empty if the field is absent. */
    List<String> texts(Field field);

    /** Returns the number; the field has a default and a range. */
    int integer(Field field);

    /** Returns the flag, or the default. */
    boolean flag(Field field);

    /** Returns the duration; the field has a default. */
    Duration duration(Field field);

    /** Returns the address, without a trailing slash; the default; or null if there is neither, or it is wrong. */
    @Nullable
    URI httpUri(Field field);

    /** Returns the path of a file that can be read; null if the field is absent or there is no such file. */
    @Nullable
    Path readableFile(Field field);

    /** Returns the values of a section, the same each time; an absent section has none. */
    FieldValues section(Field field);
}
