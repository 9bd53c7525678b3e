package dev.secretproviders.provider.shared;

import dev.secretproviders.spi.Canary;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import org.jspecify.annotations.Nullable;

/** The field {@code drill_path} of provider objects: which secret is the {@link Canary}. */
public final class DrillPath {
    /** The field, for managers that can be written to. */
    public static final Field FIELD = Field.of(
                    "drill_path",
                    FieldType.TEXT,
                    "A secret that exists for rotation drills only. The runner may write it, and nothing else.")
            .build();

    private DrillPath() {}

    /** Returns the path, or null if there is none; problems go to {@code settings}. */
    public static @Nullable String read(FieldValues values) {
        String path = values.optionalText(FIELD);
        if (path == null) {
            return null;
        }
        try {
            if (path.contains("?")) {
                values.problem(FIELD, "cannot have a '?'");
                return null;
            }
            SecretReference _ = SecretReference.parse("$secret://any/any/" + path + "/" + Canary.FIELD);
            return path;
        } catch (InvalidReferenceException e) {
            values.problem(FIELD, "is not the path of a secret: " + e.getMessage());
            return null;
        }
    }
}
